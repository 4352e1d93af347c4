package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.StoreOperations;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The stores of a service that has several, and the data of an image in one of them. */
final class StoresResource {
  /** By which a client chooses the store of an upload. */
  static final String HEADER = "X-Image-Meta-Store";

  private final ImageService service;

  StoresResource(ImageService service) {
    this.service = service;
  }

  /** Returns their names, separated by commas, or null if clients know nothing of stores. */
  @Nullable String names() {
    List<StoreOperations.Store> all = service.stores().all();
    return all.isEmpty()
        ? null
        : all.stream().map(StoreOperations.Store::name).collect(Collectors.joining(","));
  }

  /**
   * Lists the stores.
   *
   * @param isDetailed whether it is said what they are, which only admins learn
   */
  Response list(Caller caller, boolean isDetailed) throws ApiException {
    List<StoreOperations.Store> all = service.stores().all();
    if (all.isEmpty()) {
      throw new ApiException(404, "Multi backend is not supported at this site.");
    }
    if (isDetailed && !caller.isAdmin()) {
      throw ApiException.forbidden("You are not authorized to see the details of stores.");
    }
    JsonArray stores = new JsonArray();
    for (StoreOperations.Store store : all) {
      JsonObject object = new JsonObject();
      object.addProperty("id", store.name());
      if (!store.description().isEmpty()) {
        object.addProperty("description", store.description());
      }
      if (store.isDefault()) {
        object.addProperty("default", "true");
      }
      if (isDetailed) {
        object.addProperty("type", store.type());
        object.addProperty("weight", 0);
        object.add("properties", properties(store));
      }
      stores.add(object);
    }
    JsonObject object = new JsonObject();
    object.add("stores", stores);
    return Response.json(200, object);
  }

  private static JsonObject properties(StoreOperations.Store store) {
    JsonObject properties = new JsonObject();
    store
        .properties()
        .forEach((name, value) -> {
          switch (value) {
            case Boolean flag -> properties.addProperty(name, flag);
            case Number number -> properties.addProperty(name, number);
            default -> properties.addProperty(name, value.toString());
          }
        });
    return properties;
  }

  /** Answers what is asked of {@code stores/STORE/IMAGE}. */
  Response answer(Caller caller, List<String> path, String method) throws IOException {
    if (path.size() != 2 || service.stores().all().isEmpty()) {
      throw Routes.notFound();
    }
    if (!method.equals("DELETE")) {
      throw Routes.notAllowed("DELETE");
    }
    var _ = service.stores().delete(caller, path.getLast(), path.getFirst());
    return Response.empty(204);
  }
}
