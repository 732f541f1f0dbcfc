import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Java's own client, which asks for an upgrade to h2c by default. */
public class Client {
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static String base;

    public static void main(String[] arguments) throws Exception {
        base = arguments[0];
        String number = arguments[1];
        String asked = post("/v1/request-code", "{\"phone_number\": \"" + number + "\"}");
        String id = find("\"verification_id\":\"([^\"]+)\"", asked);
        String code = null;
        for (int i = 0; i < 100 && code == null; i++) {
            Thread.sleep(100);
            code = find("#([0-9]+)", get("/dev/inbox/messages?to=" + number.replace("+", "%2B")));
        }
        String checked = post("/v1/verify-code", "{\"verification_id\": \"" + id + "\", \"code\": \"" + code + "\"}");
        System.out.println(find("\"status\":\"([a-z]+)\"", checked));
    }

    static String post(String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
            .header("Authorization", "Bearer sk_dev").header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    static String get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1) : null;
    }
}
