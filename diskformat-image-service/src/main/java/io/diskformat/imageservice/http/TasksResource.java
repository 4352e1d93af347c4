package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageQuery;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImportTask;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The imports of all images, as tasks. Nobody makes one by itself. */
final class TasksResource {
  private static final int USUAL_LIMIT = 25;
  private static final int LARGEST_LIMIT = 1000;
  private static final String PATH = "/v2/tasks";

  /** By what a list can be sorted; tasks that are equal by it are sorted by their ids. */
  private static final Map<String, Function<Found, String>> KEYS =
      Map.of(
          "id", found -> found.task.id(),
          "type", found -> "",
          "status", found -> found.task.status().text(),
          "created_at", found -> found.task.createdAt().toString(),
          "updated_at", found -> found.task.updatedAt().toString(),
          "expires_at", found -> found.task.updatedAt().toString());

  private final ImageService service;

  private record Found(ImageRecord image, ImportTask task) {}

  TasksResource(ImageService service) {
    this.service = service;
  }

  Response answer(Caller caller, List<String> path, Exchange exchange) throws IOException {
    if (path.size() > 1) {
      throw Routes.notFound();
    }
    if (!exchange.method().equals("GET")) {
      if (path.isEmpty() && exchange.method().equals("POST")) {
        throw ApiException.forbidden("You are not authorized to create tasks.");
      }
      throw Routes.notAllowed("GET");
    }
    return path.isEmpty()
        ? list(caller, Parameters.of(exchange.query()))
        : Response.json(200, details(caller, path.getFirst()));
  }

  private JsonObject details(Caller caller, String id) throws IOException {
    return all(caller).stream()
        .filter(found -> found.task.id().equals(id))
        .findFirst()
        .map(found -> ImageJson.details(found.image, found.task))
        .orElseThrow(() -> new ApiException(404, "No task found with ID " + id));
  }

  /** Returns whether a caller may know what was imported into an image that he sees. */
  static boolean mayKnow(Caller caller, ImageRecord image) {
    return caller.isAdmin() || image.attributes().owner().equals(caller.project());
  }

  private List<Found> all(Caller caller) throws IOException {
    return service.list(caller, ImageQuery.usual().everything()).stream()
        .filter(image -> mayKnow(caller, image))
        .flatMap(image -> image.tasks().stream().map(task -> new Found(image, task)))
        .toList();
  }

  private Response list(Caller caller, Parameters parameters) throws IOException {
    Comparator<Found> order = order(parameters);
    List<Found> tasks =
        all(caller).stream().filter(found -> matches(found, parameters)).sorted(order).toList();
    String marker = parameters.last("marker");
    if (marker != null) {
      tasks = behind(tasks, marker);
    }
    int limit = limit(parameters);
    List<Found> page = tasks.subList(0, Math.min(limit, tasks.size()));
    JsonArray array = new JsonArray();
    page.forEach(found -> array.add(ImageJson.of(found.image, found.task)));
    JsonObject object = new JsonObject();
    object.add("tasks", array);
    object.addProperty("first", PATH);
    object.addProperty("schema", "/v2/schemas/tasks");
    if (page.size() < tasks.size() && !page.isEmpty()) {
      object.addProperty("next", PATH + "?" + parameters.with("marker", page.getLast().task.id()));
    }
    return Response.json(200, object);
  }

  private static boolean matches(Found found, Parameters parameters) {
    return is(parameters.last("status"), found.task.status().text())
        && is(parameters.last("type"), "api_image_import")
        && is(parameters.last("owner"), found.image.attributes().owner());
  }

  private static boolean is(@Nullable String wanted, String its) {
    return wanted == null || wanted.equals(its);
  }

  private static List<Found> behind(List<Found> tasks, String marker) throws ApiException {
    for (int i = 0; i < tasks.size(); i++) {
      if (tasks.get(i).task.id().equals(marker)) {
        return tasks.subList(i + 1, tasks.size());
      }
    }
    throw ApiException.invalid("Invalid marker: " + marker);
  }

  private static Comparator<Found> order(Parameters parameters) throws ApiException {
    String key = parameters.of("sort_key", "created_at").getLast();
    String direction = parameters.of("sort_dir", "desc").getLast();
    Function<Found, String> value = KEYS.get(key);
    if (value == null || !(direction.equals("asc") || direction.equals("desc"))) {
      throw ApiException.invalid("Invalid sort key or direction: " + key + " " + direction);
    }
    Comparator<Found> order = Comparator.comparing(value).thenComparing(found -> found.task.id());
    return direction.equals("asc") ? order : order.reversed();
  }

  private static int limit(Parameters parameters) throws ApiException {
    String text = parameters.last("limit");
    if (text == null) {
      return USUAL_LIMIT;
    }
    if (!text.matches("[0-9]{1,9}")) {
      throw ApiException.invalid("limit param must be an integer, and not negative: " + text);
    }
    return Math.min(LARGEST_LIMIT, Integer.parseInt(text));
  }
}
