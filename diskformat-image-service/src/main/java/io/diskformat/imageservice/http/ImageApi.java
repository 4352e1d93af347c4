package io.diskformat.imageservice.http;

import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImageServiceException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The image API v2 of OpenStack. What this service does not do is refused as by a service that does
 * not announce it. Thread-safe.
 */
public final class ImageApi {
  private static final System.Logger LOG = System.getLogger(ImageApi.class.getName());
  private static final String REQUEST_ID = "X-Openstack-Request-Id";

  private final Identity identity;
  private final ImagesResource images;
  private final FileResource files;
  private final MembersResource members;
  private final ImportResource imports;

  /** Creates the API of a service. */
  public ImageApi(ImageService service, Identity identity) {
    this.identity = identity;
    this.images = new ImagesResource(service);
    this.files = new FileResource(service);
    this.members = new MembersResource(service.sharing());
    this.imports = new ImportResource(service);
  }

  /**
   * Answers a request.
   *
   * @throws IOException if the client is gone
   */
  public void handle(Exchange exchange) throws IOException {
    String request = "req-" + UUID.randomUUID();
    Map<String, String> headers = Map.of(REQUEST_ID, request);
    Response response;
    try {
      response = answer(exchange, headers);
    } catch (ApiException e) {
      response = refusal(exchange, e.status(), e);
      for (Map.Entry<String, String> header : e.headers().entrySet()) {
        response = response.with(header.getKey(), header.getValue());
      }
    } catch (ImageServiceException e) {
      response = refusal(exchange, ErrorPage.status(e.problem()), e);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, request, e);
      response =
          ErrorPage.of(
              500,
              "The server has either erred or is incapable of performing the requested operation.",
              exchange.header("Accept"));
    }
    if (response != null) {
      exchange.respond(response.with(REQUEST_ID, request));
    }
  }

  private static Response refusal(Exchange exchange, int status, Exception e) {
    return ErrorPage.of(status, String.valueOf(e.getMessage()), exchange.header("Accept"));
  }

  /** Returns the answer, or null if it was sent. */
  private @Nullable Response answer(Exchange exchange, Map<String, String> headers)
      throws IOException {
    List<String> path = path(exchange);
    String method = exchange.method();
    if (path.isEmpty() || path.equals(List.of("versions"))) {
      return Versions.of(exchange, path.isEmpty() ? 300 : 200);
    }
    if (path.equals(List.of("healthcheck"))) {
      return Response.text(200, "text/plain", "OK");
    }
    if (!path.getFirst().equals("v2")) {
      throw notFound();
    }
    if (path.size() == 1) {
      return Versions.of(exchange, 200);
    }
    if (exchange.path().endsWith("/")) {
      // An image of an empty id, and not all of them.
      throw notFound();
    }
    if (path.get(1).equals("schemas") && method.equals("GET")) {
      JsonObject schema = Schemas.named(String.join("/", path.subList(2, path.size())));
      if (schema == null) {
        throw notFound();
      }
      return Response.json(200, schema);
    }
    Caller caller = caller(exchange);
    return switch (path.get(1)) {
      case "images" -> image(caller, path.subList(2, path.size()), exchange, headers);
      case "info" -> info(path.subList(2, path.size()));
      default -> throw notFound();
    };
  }

  private static List<String> path(Exchange exchange) throws ApiException {
    List<String> path = new ArrayList<>();
    for (String segment : exchange.path().split("/", -1)) {
      if (!segment.isEmpty()) {
        try {
          // A plus sign is one in a path.
          boolean _ =
              path.add(
                  URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          throw ApiException.invalid("The path is not well encoded");
        }
      }
    }
    return path;
  }

  private Caller caller(Exchange exchange) throws IOException {
    String token = exchange.header("X-Auth-Token");
    Identity.Credentials credentials =
        new Identity.Credentials(
            token == null ? null : decoded(token), exchange.header("Authorization"));
    return identity
        .caller(credentials)
        .orElseThrow(
            () ->
                new ApiException(
                    401,
                    "This server could not verify that you are authorized to access the document"
                        + " you requested.",
                    Map.of("WWW-Authenticate", "Basic realm=\"images\", charset=\"UTF-8\"")));
  }

  /** Some clients send a token percent-encoded. */
  private static String decoded(String token) {
    try {
      return URLDecoder.decode(token.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return token;
    }
  }

  private Response info(List<String> path) throws ApiException {
    if (path.equals(List.of("import"))) {
      return imports.methods();
    }
    // There is one store, of which clients know nothing then.
    throw notFound();
  }

  private @Nullable Response image(
      Caller caller, List<String> path, Exchange exchange, Map<String, String> headers)
      throws IOException {
    String method = exchange.method();
    if (path.isEmpty()) {
      return switch (method) {
        case "GET" -> images.list(caller, exchange);
        case "POST" -> images.create(caller, exchange);
        default -> throw notAllowed("GET, POST");
      };
    }
    String id = path.getFirst();
    if (path.size() == 1) {
      return switch (method) {
        case "GET" -> images.show(caller, id);
        case "PATCH" -> images.update(caller, id, exchange);
        case "DELETE" -> images.delete(caller, id);
        default -> throw notAllowed("GET, PATCH, DELETE");
      };
    }
    if (path.equals(List.of(id, "file")) && (method.equals("GET") || method.equals("HEAD"))) {
      files.get(caller, id, exchange, headers);
      return null;
    }
    return part(caller, id, path.subList(1, path.size()), exchange);
  }

  private Response part(Caller caller, String id, List<String> path, Exchange exchange)
      throws IOException {
    String method = exchange.method();
    String last = path.getLast();
    String what = method + " " + path.getFirst() + (path.size() > 1 ? "/*" : "");
    if (path.size() > 2) {
      throw notFound();
    }
    return switch (what) {
      case "PUT file" -> files.put(caller, id, exchange, false);
      case "PUT stage" -> files.put(caller, id, exchange, true);
      case "POST import" -> imports.run(caller, id, exchange);
      case "GET tasks" -> imports.tasks(caller, id);
      case "PUT tags/*" -> images.addTag(caller, id, last);
      case "DELETE tags/*" -> images.removeTag(caller, id, last);
      case "GET members" -> members.list(caller, id);
      case "POST members" -> members.add(caller, id, exchange);
      case "GET members/*" -> members.show(caller, id, last);
      case "PUT members/*" -> members.answer(caller, id, last, exchange);
      case "DELETE members/*" -> members.remove(caller, id, last);
      case "POST actions/*" ->
          switch (last) {
            case "deactivate" -> images.setActive(caller, id, false);
            case "reactivate" -> images.setActive(caller, id, true);
            default -> throw notFound();
          };
      default -> throw notFound();
    };
  }

  private static ApiException notFound() {
    return new ApiException(404, "The resource could not be found.");
  }

  private static ApiException notAllowed(String allowed) {
    return new ApiException(
        405,
        "The method specified is not allowed for this resource.",
        Map.of("Allow", allowed));
  }
}
