package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Images, without their data. */
final class ImagesResource {
  static final String IMPORT_METHODS = "glance-direct";
  private static final String PATH = "/v2/images";

  private final ImageService service;

  ImagesResource(ImageService service) {
    this.service = service;
  }

  Response list(Caller caller, Exchange exchange) throws IOException {
    Parameters parameters = Parameters.of(exchange.query());
    List<ImageRecord> images = service.list(caller, ListQuery.of(parameters));
    JsonArray array = new JsonArray();
    images.forEach(image -> array.add(ImageJson.of(image)));
    String query = withoutMarker(parameters);
    JsonObject object = new JsonObject();
    object.add("images", array);
    object.addProperty("first", PATH + (query.isEmpty() ? "" : "?" + query));
    object.addProperty("schema", "/v2/schemas/images");
    if (!images.isEmpty() && images.size() == ListQuery.limit(parameters)) {
      String marker = "marker=" + images.getLast().id();
      object.addProperty("next", PATH + "?" + (query.isEmpty() ? "" : query + "&") + marker);
    }
    return Response.json(200, object);
  }

  private static String withoutMarker(Parameters parameters) {
    StringBuilder query = new StringBuilder();
    for (Map.Entry<String, List<String>> entry : parameters.all().entrySet()) {
      if (!entry.getKey().equals("marker")) {
        for (String value : entry.getValue()) {
          var _ =
              query
                  .append(query.isEmpty() ? "" : "&")
                  .append(encode(entry.getKey()))
                  .append('=')
                  .append(encode(value));
        }
      }
    }
    return query.toString();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
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
    return Response.json(201, ImageJson.of(image))
        .with("Location", PATH + "/" + image.id())
        .with("OpenStack-image-import-methods", IMPORT_METHODS);
  }

  Response show(Caller caller, String id) throws IOException {
    return Response.json(200, ImageJson.of(service.get(caller, id)));
  }

  Response update(Caller caller, String id, Exchange exchange) throws IOException {
    ImagePatch patch = ImagePatch.of(exchange);
    return Response.json(
        200,
        ImageJson.of(
            service.update(caller, id, image -> patch.apply(image.attributes()))));
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
