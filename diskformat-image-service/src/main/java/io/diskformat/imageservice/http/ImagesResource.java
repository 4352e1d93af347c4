package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.StoredData;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Images, without their data. */
final class ImagesResource {
  private static final String PATH = "/v2/images";

  private final ImageService service;
  private final StoresResource stores;
  private final String importMethods;

  ImagesResource(ImageService service, StoresResource stores, List<String> importMethods) {
    this.service = service;
    this.stores = stores;
    this.importMethods = String.join(",", importMethods);
  }

  Response list(Caller caller, Exchange exchange) throws IOException {
    Parameters parameters = Parameters.of(exchange.query());
    List<ImageRecord> images = service.list(caller, ListQuery.of(parameters));
    JsonArray array = new JsonArray();
    images.forEach(image -> array.add(json(image)));
    String query = parameters.without("marker");
    JsonObject object = new JsonObject();
    object.add("images", array);
    object.addProperty("first", PATH + (query.isEmpty() ? "" : "?" + query));
    object.addProperty("schema", "/v2/schemas/images");
    if (!images.isEmpty() && images.size() == ListQuery.limit(parameters)) {
      object.addProperty("next", PATH + "?" + parameters.with("marker", images.getLast().id()));
    }
    return Response.json(200, object);
  }

  Response create(Caller caller, Exchange exchange) throws IOException {
    JsonObject object = JsonBody.object(exchange);
    ImageAttributes.Builder builder = ImageAttributes.of(caller.project());
    String id = null;
    for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
      if (entry.getKey().equals("id")) {
        id = JsonBody.string(object, "id");
      } else {
        AttributeFields.set(builder, entry.getKey(), entry.getValue());
      }
    }
    ImageRecord image = service.create(caller, id, builder.build());
    Response response =
        Response.json(201, json(image))
            .with("Location", PATH + "/" + image.id())
            .with("OpenStack-image-import-methods", importMethods);
    String names = stores.names();
    return names == null ? response : response.with("OpenStack-image-store-ids", names);
  }

  /** Returns an image with the stores that have it, if clients know of stores. */
  private JsonObject json(ImageRecord image) {
    JsonObject object = ImageJson.of(image);
    StoredData data = image.data();
    if (data != null && stores.names() != null) {
      object.addProperty("stores", String.join(",", data.blobs().keySet()));
    }
    return object;
  }

  Response show(Caller caller, String id) throws IOException {
    return Response.json(200, json(service.get(caller, id)));
  }

  Response update(Caller caller, String id, Exchange exchange) throws IOException {
    ImagePatch patch = ImagePatch.of(exchange);
    return Response.json(
        200, json(service.update(caller, id, image -> patch.apply(image.attributes()))));
  }

  Response delete(Caller caller, String id) throws IOException {
    service.delete(caller, id);
    return Response.empty(204);
  }

  Response addTag(Caller caller, String id, String tag) throws IOException {
    var _ =
        service.update(
            caller,
            id,
            image -> {
              ImageAttributes.Builder builder = image.attributes().toBuilder();
              boolean _ = builder.tags().add(tag);
              return builder.build();
            });
    return Response.empty(204);
  }

  Response removeTag(Caller caller, String id, String tag) throws IOException {
    var _ =
        service.update(
            caller,
            id,
            image -> {
              ImageAttributes.Builder builder = image.attributes().toBuilder();
              if (!builder.tags().remove(tag)) {
                throw new ApiException(404, "Image " + id + " has no tag " + tag);
              }
              return builder.build();
            });
    return Response.empty(204);
  }

  Response setActive(Caller caller, String id, boolean active) throws IOException {
    var _ = service.setActive(caller, id, active);
    return Response.empty(204);
  }
}
