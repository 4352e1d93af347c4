package io.diskformat.imageservice.http;

import com.google.gson.JsonObject;
import io.diskformat.imageservice.ImageServiceException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client reads of a refusal. Clients of images take the sentence out of HTML, and those that
 * accept JSON out of an object within another: both crash on anything else.
 */
final class ErrorPage {
  private static final Map<Integer, String> TITLES =
      Map.ofEntries(
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(409, "Conflict"),
          Map.entry(410, "Gone"),
          Map.entry(413, "Request Entity Too Large"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(416, "Requested Range Not Satisfiable"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(503, "Service Unavailable"));

  private ErrorPage() {}

  static int status(ImageServiceException.Problem problem) {
    return switch (problem) {
      case INVALID -> 400;
      case NOT_FOUND -> 404;
      case FORBIDDEN -> 403;
      case CONFLICT -> 409;
      case GONE -> 410;
      case TOO_LARGE -> 413;
      case UNSUPPORTED -> 415;
      case UNAVAILABLE -> 503;
    };
  }

  static Response of(int status, String message, @Nullable String accept) {
    String title = Objects.requireNonNullElse(TITLES.get(status), "Error");
    if (accept != null && accept.contains("application/json")) {
      JsonObject error = new JsonObject();
      error.addProperty("code", status);
      error.addProperty("title", title);
      error.addProperty("message", message);
      JsonObject object = new JsonObject();
      object.add("error", error);
      return Response.json(status, object);
    }
    String page =
        """
        <html>
         <head>
          <title>%d %s</title>
         </head>
         <body>
          <h1>%d %s</h1>
          %s<br /><br />
        </body>
        </html>
        """
            .formatted(status, title, status, title, escape(message));
    return Response.text(status, "text/html", page);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
