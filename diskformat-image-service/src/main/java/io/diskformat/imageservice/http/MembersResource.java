package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageMember;
import io.diskformat.imageservice.Sharing;
import java.io.IOException;

/** The projects that an image is shared with. */
final class MembersResource {
  private final Sharing sharing;

  MembersResource(Sharing sharing) {
    this.sharing = sharing;
  }

  Response list(Caller caller, String id) throws IOException {
    JsonArray members = new JsonArray();
    sharing.list(caller, id).forEach(member -> members.add(ImageJson.of(id, member)));
    JsonObject object = new JsonObject();
    object.add("members", members);
    object.addProperty("schema", "/v2/schemas/members");
    return Response.json(200, object);
  }

  Response add(Caller caller, String id, Exchange exchange) throws IOException {
    String project = JsonBody.string(JsonBody.object(exchange), "member");
    return Response.json(200, ImageJson.of(id, sharing.add(caller, id, project)));
  }

  Response show(Caller caller, String id, String project) throws IOException {
    return Response.json(200, ImageJson.of(id, sharing.get(caller, id, project)));
  }

  Response answer(Caller caller, String id, String project, Exchange exchange)
      throws IOException {
    String status = JsonBody.string(JsonBody.object(exchange), "status");
    ImageMember.Status said;
    try {
      said = ImageMember.Status.of(status);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid(
          "Failed validating 'status': " + status + ", expected pending, accepted or rejected");
    }
    return Response.json(200, ImageJson.of(id, sharing.answer(caller, id, project, said)));
  }

  Response remove(Caller caller, String id, String project) throws IOException {
    sharing.remove(caller, id, project);
    return Response.empty(204);
  }
}
