package io.diskformat.imageservice;

import io.diskformat.CreateOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes new images of others, in which some files have changed. The other image stays as it is, and
 * what is written is in memory alone until the new one is stored. Thread-safe, with the exceptions
 * of an {@link ImageService}.
 */
public final class ImageEdits {
  private static final String METHOD = "edit";

  /**
   * How the names of properties begin that say what the bytes of an image are, which those of the
   * new one are not: what was found in them, their hashes as clients note them, their signature.
   */
  private static final List<String> OF_THE_BYTES =
      List.of("os_diskformat_", "owner_specified.openstack.", "img_signature");

  private final ImageService service;
  private final GuestEditor editor;

  private ImageEdits(ImageService service, GuestEditor editor) {
    this.service = service;
    this.editor = editor;
  }

  /** Returns what edits the images of a service. */
  public static ImageEdits of(ImageService service, GuestEditor editor) {
    return new ImageEdits(service, editor);
  }

  /**
   * Begins an edit, and returns the image that comes of it, which belongs to the caller. One of its
   * tasks says how the edit ends; the image is active then, or has no data.
   *
   * @param id of the image whose files are changed
   * @param name of the new image, or null for the same
   * @param volume on which the files are, or null for those of the one system in the image
   * @param request the id of the request that asks for it, for the task
   */
  public ImageRecord begin(
      Caller caller,
      String id,
      @Nullable String name,
      @Nullable String volume,
      List<GuestChange> changes,
      String request)
      throws IOException {
    ImageRecord image = service.get(caller, id);
    CreateOptions options = options(image);
    ImageAttributes.Builder builder =
        image.attributes().toBuilder()
            .owner(caller.project())
            .visibility(Visibility.SHARED)
            .isProtected(false)
            // Images are hidden when newer ones take their place, as this one may.
            .isHidden(false);
    if (name != null) {
      builder.name(name);
    }
    boolean _ =
        builder
            .properties()
            .keySet()
            .removeIf(property -> OF_THE_BYTES.stream().anyMatch(property::startsWith));
    String made = service.create(caller, null, builder.build()).id();
    boolean begun = false;
    try {
      ImageRecord edited =
          service.importFrom(
              caller,
              made,
              METHOD,
              request,
              () ->
                  EditedData.open(
                      content(caller, id), options, disk -> editor.edit(disk, volume, changes)));
      begun = true;
      return edited;
    } finally {
      if (!begun) {
        service.delete(caller, made);
      }
    }
  }

  private ImageContent content(Caller caller, String id) throws IOException {
    return service
        .open(caller, id)
        .orElseThrow(() -> ImageServiceException.conflict("Image " + id + " has no data"));
  }

  /** Returns in which form the new image is stored. */
  private static CreateOptions options(ImageRecord image) throws ImageServiceException {
    if (image.status() != ImageStatus.ACTIVE) {
      throw ImageServiceException.conflict(
          "Only images with status active can be edited, not " + image.status().text());
    }
    Map<String, CreateOptions> forms = DerivedImage.forms();
    CreateOptions options = forms.get(String.valueOf(image.attributes().diskFormat()));
    if (options == null) {
      throw new ImageServiceException(
          Problem.UNSUPPORTED,
          "An image of format " + image.attributes().diskFormat() + " cannot be edited");
    }
    return options;
  }
}
