package io.diskformat.imageservice;

import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Shares images with projects. Thread-safe; throws what {@link ImageService} does. */
public final class Sharing {
  private final ImageService service;
  private final ServiceLimits limits;

  Sharing(ImageService service, ServiceLimits limits) {
    this.service = service;
    this.limits = limits;
  }

  /** Shares an image with a project. */
  public ImageMember add(Caller caller, String id, String project) throws IOException {
    shared(service.changeable(caller, id, "share"));
    if (project.isBlank() || project.length() > 255) {
      throw ImageServiceException.invalid("A member has 1 to 255 characters");
    }
    Instant now = service.now();
    ImageMember member = new ImageMember(project, ImageMember.Status.PENDING, now, now);
    var _ =
        service.replace(
            caller,
            id,
            "share",
            image -> {
              if (image.members().containsKey(project)) {
                throw ImageServiceException.conflict(
                    "Member " + project + " is already one of image " + id);
              }
              if (image.members().size() >= limits.mostProperties()) {
                throw new ImageServiceException(
                    ImageServiceException.Problem.TOO_LARGE,
                    "An image has at most " + limits.mostProperties() + " members");
              }
              return image.with(with(image, project, member), now);
            });
    return member;
  }

  private static SortedMap<String, ImageMember> with(
      ImageRecord image, String project, @Nullable ImageMember member) {
    SortedMap<String, ImageMember> members = new TreeMap<>(image.members());
    if (member == null) {
      members.remove(project);
    } else {
      members.put(project, member);
    }
    return members;
  }

  private static void shared(ImageRecord image) throws ImageServiceException {
    if (image.attributes().visibility() != Visibility.SHARED) {
      throw ImageServiceException.forbidden("Only shared images have members.");
    }
  }

  /** Returns the projects that an image is shared with; a member sees only itself. */
  public Collection<ImageMember> list(Caller caller, String id) throws IOException {
    ImageRecord image = service.get(caller, id);
    if (caller.isAdmin() || AccessRules.isOwn(caller, image)) {
      return image.members().values();
    }
    ImageMember own = image.members().get(caller.project());
    if (own == null) {
      throw ImageServiceException.notFound(id);
    }
    return List.of(own);
  }

  /** Returns one of {@link #list}. */
  public ImageMember get(Caller caller, String id, String project) throws IOException {
    return list(caller, id).stream()
        .filter(member -> member.project().equals(project))
        .findFirst()
        .orElseThrow(() -> noMember(id, project));
  }

  /** Sets what a project says to an image that is shared with it; the project itself does. */
  public ImageMember answer(Caller caller, String id, String project, ImageMember.Status status)
      throws IOException {
    ImageRecord image = service.get(caller, id);
    if (!image.members().containsKey(project)) {
      throw noMember(id, project);
    }
    if (!caller.isAdmin() && !(caller.project().equals(project) && caller.mayWrite())) {
      throw ImageServiceException.forbidden(
          "Only member " + project + " says whether it accepts image " + id + ".");
    }
    Instant now = service.now();
    ImageRecord changed =
        service
            .replace(
                id,
                record -> {
                  ImageMember member = record.members().get(project);
                  return member == null
                      ? record
                      : record.with(
                          with(
                              record,
                              project,
                              new ImageMember(project, status, member.createdAt(), now)),
                          record.updatedAt());
                })
            .orElseThrow(() -> ImageServiceException.notFound(id));
    ImageMember member = changed.members().get(project);
    if (member == null) {
      throw noMember(id, project);
    }
    return member;
  }

  /** Ends the sharing of an image with a project. */
  public void remove(Caller caller, String id, String project) throws IOException {
    shared(service.changeable(caller, id, "share"));
    var _ =
        service.replace(
            caller,
            id,
            "share",
            image -> {
              if (!image.members().containsKey(project)) {
                throw noMember(id, project);
              }
              return image.with(with(image, project, null), service.now());
            });
  }

  private static ImageServiceException noMember(String id, String project) {
    return new ImageServiceException(
        ImageServiceException.Problem.NOT_FOUND,
        "Image " + id + " is not shared with " + project);
  }
}
