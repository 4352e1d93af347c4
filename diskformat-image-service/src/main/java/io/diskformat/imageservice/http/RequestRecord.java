package io.diskformat.imageservice.http;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request that was answered.
 *
 * @param at when it came
 * @param id that it got here, which its answer says too
 * @param clientId that the client gave it, or an empty string
 * @param client the address of the client, or an empty string if it is not known
 * @param user who asked, or null if that was not found out
 * @param project of the user, or null
 * @param method in upper case
 * @param path as it was sent
 * @param status of the answer, or 0 if the client was gone before
 * @param duration from the request to the end of its answer
 * @param reason why it was refused or failed, or an empty string
 */
public record RequestRecord(
    Instant at,
    String id,
    String clientId,
    String client,
    @Nullable String user,
    @Nullable String project,
    String method,
    String path,
    int status,
    Duration duration,
    String reason) {

  /** Returns the record as one line of JSON. */
  public String toJson() {
    JsonObject object = new JsonObject();
    object.addProperty("time", at.toString());
    object.addProperty("request_id", id);
    if (!clientId.isEmpty()) {
      object.addProperty("client_request_id", clientId);
    }
    object.addProperty("client", client);
    object.addProperty("user", user);
    object.addProperty("project", project);
    object.addProperty("method", method);
    object.addProperty("path", path);
    object.addProperty("status", status);
    object.addProperty("milliseconds", duration.toMillis());
    if (!reason.isEmpty()) {
      object.addProperty("reason", reason);
    }
    return object.toString();
  }
}
