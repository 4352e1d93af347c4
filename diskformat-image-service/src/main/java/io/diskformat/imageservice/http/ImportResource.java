package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import java.io.IOException;

/** Imports of data that was staged, and what became of them. */
final class ImportResource {
  private final ImageService service;

  ImportResource(ImageService service) {
    this.service = service;
  }

  Response methods() {
    JsonArray values = new JsonArray();
    values.add(ImagesResource.IMPORT_METHODS);
    JsonObject methods = new JsonObject();
    methods.addProperty("description", "Import methods available.");
    methods.addProperty("type", "array");
    methods.add("value", values);
    JsonObject object = new JsonObject();
    object.add("import-methods", methods);
    return Response.json(200, object);
  }

  Response run(Caller caller, String id, Exchange exchange) throws IOException {
    JsonElement method = JsonBody.object(exchange).get("method");
    if (method == null || !method.isJsonObject()) {
      throw ApiException.invalid("'method' must be given, and be an object");
    }
    String name = JsonBody.string(method.getAsJsonObject(), "name");
    if (!name.equals(ImagesResource.IMPORT_METHODS)) {
      throw ApiException.invalid("Unknown import method name '" + name + "'.");
    }
    var _ = service.importStaged(caller, id);
    return Response.empty(202);
  }

  Response tasks(Caller caller, String id) throws IOException {
    ImageRecord image = service.get(caller, id);
    JsonArray tasks = new JsonArray();
    image.tasks().forEach(task -> tasks.add(ImageJson.of(image, task)));
    JsonObject object = new JsonObject();
    object.add("tasks", tasks);
    return Response.json(200, object);
  }
}
