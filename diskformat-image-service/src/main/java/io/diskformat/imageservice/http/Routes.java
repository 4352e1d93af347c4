package io.diskformat.imageservice.http;

import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import io.diskformat.imageservice.ImageEdits;
import io.diskformat.imageservice.ImageService;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which resource answers which request. */
final class Routes {
  private final Identity identity;
  private final StoresResource stores;
  private final ImagesResource images;
  private final UploadResource uploads;
  private final @Nullable EditResource edits;
  private final FileResource files;
  private final MembersResource members;
  private final ImportResource imports;
  private final TasksResource tasks;
  private final OperationsResource operations;
  private final MetadataResource metadata;
  private final @Nullable KeystoneResource keystone;
  private final @Nullable PagesResource pages;
  private final @Nullable HostRules hosts;

  Routes(ImageService service, Identity identity, ApiOptions options, Metrics metrics) {
    this.identity = identity;
    this.imports = new ImportResource(service, options.downloads());
    this.stores = new StoresResource(service);
    this.images = new ImagesResource(service, stores, imports.names());
    this.uploads = new UploadResource(service, metrics);
    this.edits =
        options.editor() == null
            ? null
            : new EditResource(ImageEdits.of(service, options.editor()));
    this.files = new FileResource(service, metrics);
    this.members = new MembersResource(service.sharing());
    this.tasks = new TasksResource(service);
    this.operations = new OperationsResource(service, metrics);
    this.metadata = new MetadataResource(options.metadata());
    this.pages = options.pages() == null ? null : new PagesResource(service, options.pages());
    this.hosts = options.hosts();
    this.keystone = options.keystone() == null ? null : new KeystoneResource(options.keystone());
  }

  /** Returns the answer, or null if it was sent. */
  @Nullable Response answer(Exchange exchange, ImageApi.Progress progress) throws IOException {
    if (hosts != null) {
      hosts.check(exchange);
    }
    List<String> path = path(exchange);
    String method = exchange.method();
    if (path.isEmpty() && pages != null && PagesResource.isForPeople(exchange)) {
      return pages.root();
    }
    if (path.isEmpty() || path.equals(List.of("versions"))) {
      return Versions.of(exchange, path.isEmpty() ? 300 : 200);
    }
    switch (path.getFirst()) {
      case "v2" -> {
        return path.size() == 1
            ? Versions.of(exchange, 200)
            : version2(path.subList(1, path.size()), exchange, progress);
      }
      case "healthcheck" -> {
        return operations.health();
      }
      case "metrics" -> {
        return operations.metrics();
      }
      case PagesResource.PATH -> {
        if (pages != null && method.equals("GET")) {
          Caller caller = caller(exchange);
          progress.caller(caller);
          return pages.answer(caller, path.subList(1, path.size()), exchange);
        }
      }
      case KeystoneResource.PATH -> {
        if (keystone != null) {
          return keystone.answer(path.subList(1, path.size()), exchange);
        }
      }
      case "v1", "v3" -> {
        return Versions.of(exchange, 300);
      }
      default -> {
        // There is none.
      }
    }
    throw notFound();
  }

  private @Nullable Response version2(
      List<String> path, Exchange exchange, ImageApi.Progress progress) throws IOException {
    if (exchange.path().endsWith("/")) {
      // An image of an empty id, and not all of them.
      throw notFound();
    }
    if (path.getFirst().equals("schemas") && exchange.method().equals("GET")) {
      JsonObject schema = Schemas.named(String.join("/", path.subList(1, path.size())));
      if (schema == null) {
        throw notFound();
      }
      return Response.json(200, schema);
    }
    Caller caller = caller(exchange);
    progress.caller(caller);
    List<String> rest = path.subList(1, path.size());
    return switch (path.getFirst()) {
      case "images" -> image(caller, rest, exchange, progress);
      case "info" -> info(caller, exchange.method() + " " + String.join("/", rest));
      case "stores" -> stores.answer(caller, rest, exchange.method());
      case "tasks" -> tasks.answer(caller, rest, exchange);
      case "metadefs" -> metadata.answer(caller, rest, exchange);
      case "cache" -> operations.cache(caller, rest, exchange.method());
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
              path.add(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
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
        .orElseThrow(() ->
            new ApiException(
                401,
                "This server could not verify that you are authorized to access the document"
                    + " you requested.",
                Map.of("WWW-Authenticate", challenge(exchange))));
  }

  private String challenge(Exchange exchange) {
    return keystone == null
        ? "Basic realm=\"images\", charset=\"UTF-8\""
        : "Keystone uri=\"" + Versions.base(exchange) + "/" + KeystoneResource.PATH + "\"";
  }

  /** Some clients send a token percent-encoded. */
  private static String decoded(String token) {
    try {
      return URLDecoder.decode(token.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return token;
    }
  }

  private Response info(Caller caller, String what) throws IOException {
    return switch (what) {
      case "GET import" -> imports.methods();
      case "GET usage" -> operations.usage(caller);
      case "GET stores" -> stores.list(caller, false);
      case "GET stores/detail" -> stores.list(caller, true);
      default -> throw notFound();
    };
  }

  private @Nullable Response image(
      Caller caller, List<String> path, Exchange exchange, ImageApi.Progress progress)
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
      files.get(caller, id, exchange, progress);
      return null;
    }
    if (path.equals(List.of(id, "manifest")) && (method.equals("GET") || method.equals("HEAD"))) {
      files.getManifest(caller, id, exchange, progress);
      return null;
    }
    if (path.equals(List.of(id, "import")) && method.equals("POST")) {
      return imports.run(caller, id, exchange, progress.id());
    }
    if (path.equals(List.of(id, "upload"))) {
      return uploads.answer(caller, id, exchange);
    }
    if (path.equals(List.of(id, "edit")) && edits != null && method.equals("POST")) {
      return edits.begin(caller, id, exchange, progress.id());
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
      default -> throw otherwise(path);
    };
  }

  /** Returns why a part of an image has no such method. */
  private static ApiException otherwise(List<String> path) {
    return switch (path.getFirst() + (path.size() > 1 ? "/*" : "")) {
      case "file" -> notAllowed("GET, HEAD, PUT");
      case "manifest" -> notAllowed("GET, HEAD");
      case "stage" -> notAllowed("PUT");
      case "tasks" -> notAllowed("GET");
      case "import" -> notAllowed("POST");
      case "tags/*" -> notAllowed("PUT, DELETE");
      case "members" -> notAllowed("GET, POST");
      case "members/*" -> notAllowed("GET, PUT, DELETE");
      case "actions/*" ->
          List.of("deactivate", "reactivate").contains(path.getLast())
              ? notAllowed("POST")
              : notFound();
      default -> notFound();
    };
  }

  static ApiException notFound() {
    return new ApiException(404, "The resource could not be found.");
  }

  static ApiException notAllowed(String allowed) {
    return new ApiException(
        405, "The method specified is not allowed for this resource.", Map.of("Allow", allowed));
  }
}
