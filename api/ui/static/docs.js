/** The OpenAPI document of this server, rendered by Swagger UI. */

const dark = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

dark.addEventListener("change", follow);
follow();
globalThis.SwaggerUIBundle({
  url: "/openapi.yaml",
  domNode: document.getElementById("reference"),
  deepLinking: false,
  // Nothing is asked of any other server.
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
});
