package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

var base = os.Args[1]

func call(method, path, body string) string {
	request, _ := http.NewRequest(method, base+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer sk_dev")
	request.Header.Set("Content-Type", "application/json")
	answer, failure := http.DefaultClient.Do(request)
	if failure != nil {
		panic(failure)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return string(text)
}

func find(pattern, text string) string {
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return found[1]
}

func main() {
	number := os.Args[2]
	id := find(`"verification_id":"([^"]+)"`, call("POST", "/v1/request-code", `{"phone_number": "`+number+`"}`))
	code := ""
	for i := 0; i < 100 && code == ""; i++ {
		time.Sleep(100 * time.Millisecond)
		code = find(`#([0-9]+)`, call("GET", "/dev/inbox/messages?to="+url.QueryEscape(number), ""))
	}
	checked := call("POST", "/v1/verify-code", `{"verification_id": "`+id+`", "code": "`+code+`"}`)
	fmt.Println(find(`"status":"([a-z]+)"`, checked))
}
