package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImportTask;
import io.diskformat.imageservice.StoreChoice;
import io.diskformat.imageservice.StoreOperations;
import io.diskformat.imageservice.UploadForm;
import io.diskformat.imageservice.download.WebDownloads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Imports of data that was staged, is fetched from the web or another store, and what became of
 * them.
 */
final class ImportResource {
  private static final String STAGED = "glance-direct";
  private static final String WEB = "web-download";
  private static final String COPY = "copy-image";

  private final ImageService service;
  private final @Nullable WebDownloads downloads;

  ImportResource(ImageService service, @Nullable WebDownloads downloads) {
    this.service = service;
    this.downloads = downloads;
  }

  /** Returns the names of the methods that there are. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    names.add(STAGED);
    if (downloads != null) {
      names.add(WEB);
    }
    if (!service.stores().all().isEmpty()) {
      names.add(COPY);
    }
    return names;
  }

  Response methods() {
    JsonArray values = new JsonArray();
    names().forEach(values::add);
    JsonObject methods = new JsonObject();
    methods.addProperty("description", "Import methods available.");
    methods.addProperty("type", "array");
    methods.add("value", values);
    JsonObject object = new JsonObject();
    object.add("import-methods", methods);
    return Response.json(200, object);
  }

  Response run(Caller caller, String id, Exchange exchange, String request) throws IOException {
    JsonObject body = JsonBody.object(exchange);
    JsonElement method = body.get("method");
    if (method == null || !method.isJsonObject()) {
      throw ApiException.invalid("'method' must be given, and be an object");
    }
    String name = JsonBody.string(method.getAsJsonObject(), "name");
    if (!names().contains(name)) {
      throw ApiException.invalid("Unknown import method name '" + name + "'.");
    }
    StoreChoice choice = choice(body, exchange);
    for (String store : choice.stores()) {
      if (!isThere(store)) {
        throw new ApiException(409, "There is no store of the name " + store);
      }
    }
    UploadForm form = form(method.getAsJsonObject());
    if (!name.equals(WEB) && !form.equals(UploadForm.plain())) {
      throw ApiException.invalid("In which form data comes is said when it comes, not to " + name);
    }
    switch (name) {
      case STAGED -> {
        var _ = service.stores().importStaged(caller, id, request, choice);
      }
      case COPY -> {
        var _ = service.stores().copy(caller, id, request, choice);
      }
      default -> {
        String uri = JsonBody.string(method.getAsJsonObject(), "uri");
        WebDownloads rules = Objects.requireNonNull(downloads);
        rules.check(uri);
        var _ =
            service
                .stores()
                .importFrom(caller, id, WEB, request, () -> rules.open(uri), form, choice);
      }
    }
    return Response.empty(202);
  }

  /**
   * Returns in which form data comes, by extensions: members {@code from}, {@code gzip} and {@code
   * digest}, which is as the header of an upload has it.
   */
  private static UploadForm form(JsonObject method) throws IOException {
    String from = method.has("from") ? JsonBody.string(method, "from") : null;
    UploadForm form = new UploadForm(flag(method, "gzip", false), from);
    return method.has("digest")
        ? form.with(DigestHeader.of(JsonBody.string(method, "digest")))
        : form;
  }

  /** Where clients know of no stores, what they say of them does not count. */
  private boolean isThere(String store) {
    List<StoreOperations.Store> all = service.stores().all();
    return all.isEmpty() || all.stream().anyMatch(one -> one.name().equals(store));
  }

  private static StoreChoice choice(JsonObject body, Exchange exchange) throws ApiException {
    String header = exchange.header(StoresResource.HEADER);
    boolean isAll = flag(body, "all_stores", false);
    boolean allMustSucceed = flag(body, "all_stores_must_succeed", true);
    if (isAll && (header != null || body.has("stores"))) {
      throw ApiException.invalid(
          "All_stores parameter can't be used with x-image-meta-store header or stores parameter");
    }
    if (header != null && body.has("stores")) {
      throw ApiException.invalid(
          "Stores parameter and x-image-meta-store header can't be both specified");
    }
    List<String> stores = header == null ? stores(body) : List.of(header);
    return new StoreChoice(stores, isAll, allMustSucceed);
  }

  private static boolean flag(JsonObject body, String name, boolean usual) throws ApiException {
    JsonElement value = body.get(name);
    if (value == null) {
      return usual;
    }
    if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    throw ApiException.invalid("'" + name + "' must be boolean value only");
  }

  private static List<String> stores(JsonObject body) throws ApiException {
    JsonElement value = body.get("stores");
    List<String> stores = new ArrayList<>();
    if (value != null) {
      if (!value.isJsonArray()) {
        throw ApiException.invalid("'stores' must be an array of strings");
      }
      for (JsonElement store : value.getAsJsonArray()) {
        if (!(store instanceof JsonPrimitive primitive && primitive.isString())) {
          throw ApiException.invalid("'stores' must be an array of strings");
        }
        stores.add(store.getAsString());
      }
    }
    return stores;
  }

  Response tasks(Caller caller, String id) throws IOException {
    ImageRecord image = service.get(caller, id);
    JsonArray tasks = new JsonArray();
    if (TasksResource.mayKnow(caller, image)) {
      for (ImportTask task : image.tasks()) {
        JsonObject details = ImageJson.details(image, task);
        details.remove("self");
        details.remove("schema");
        tasks.add(details);
      }
    }
    JsonObject object = new JsonObject();
    object.add("tasks", tasks);
    return Response.json(200, object);
  }
}
