package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.download.WebDownloads;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Imports of data that was staged, or is fetched from the web, and what became of them. */
final class ImportResource {
  private static final String STAGED = "glance-direct";
  private static final String WEB = "web-download";

  private final ImageService service;
  private final @Nullable WebDownloads downloads;

  ImportResource(ImageService service, @Nullable WebDownloads downloads) {
    this.service = service;
    this.downloads = downloads;
  }

  /** Returns the names of the methods that there are. */
  List<String> names() {
    return downloads == null ? List.of(STAGED) : List.of(STAGED, WEB);
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
    JsonElement method = JsonBody.object(exchange).get("method");
    if (method == null || !method.isJsonObject()) {
      throw ApiException.invalid("'method' must be given, and be an object");
    }
    String name = JsonBody.string(method.getAsJsonObject(), "name");
    if (name.equals(STAGED)) {
      var _ = service.importStaged(caller, id, request);
    } else if (name.equals(WEB) && downloads != null) {
      String uri = JsonBody.string(method.getAsJsonObject(), "uri");
      WebDownloads rules = downloads;
      rules.check(uri);
      var _ = service.importFrom(caller, id, WEB, request, () -> rules.open(uri));
    } else {
      throw ApiException.invalid("Unknown import method name '" + name + "'.");
    }
    return Response.empty(202);
  }

  Response tasks(Caller caller, String id) throws IOException {
    ImageRecord image = service.get(caller, id);
    JsonArray tasks = new JsonArray();
    if (TasksResource.mayKnow(caller, image)) {
      image.tasks().forEach(task -> tasks.add(ImageJson.details(image, task)));
    }
    JsonObject object = new JsonObject();
    object.add("tasks", tasks);
    return Response.json(200, object);
  }
}
