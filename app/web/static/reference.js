// Shows the OpenAPI document in Swagger UI.

// The document's server is the public URL. A reader who opened this page under another name of the service, such as
// localhost, calls that one: the page's policy allows no other origin.
function callThisOrigin(request) {
  const url = new URL(request.url, location.origin);
  request.url = location.origin + url.pathname + url.search;
  return request;
}

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true, // the address of an operation can be shared
  requestInterceptor: callThisOrigin,
  tryItOutEnabled: true,
});
