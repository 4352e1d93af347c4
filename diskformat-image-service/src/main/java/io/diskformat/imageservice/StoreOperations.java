package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The stores of a service, and which of them keep the data of an image: it is copied from one to
 * another, imported to some, and deleted from one. Thread-safe, with the exceptions of an {@link
 * ImageService}.
 */
public final class StoreOperations {
  private final ImageService service;
  private final Blobs blobs;
  private final Uploads uploads;
  private final Claims claims;
  private final Imports imports;

  /**
   * A store.
   *
   * @param name by which it is chosen
   * @param description for people, or an empty string
   * @param type what kind it is: {@code file}, {@code s3} or another word
   * @param properties how it is set up, as {@link BlobStore#properties} has it
   * @param isDefault whether it takes what nobody wants elsewhere
   */
  public record Store(
      String name,
      String description,
      String type,
      SortedMap<String, Object> properties,
      boolean isDefault) {
    /** Makes a copy of the map. */
    public Store {
      properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
    }
  }

  StoreOperations(
      ImageService service, Blobs blobs, Uploads uploads, Claims claims, Imports imports) {
    this.service = service;
    this.blobs = blobs;
    this.uploads = uploads;
    this.claims = claims;
    this.imports = imports;
  }

  /** Returns the stores that clients learn of; none if the service has one without a name. */
  public List<Store> all() {
    List<Store> all = new ArrayList<>();
    if (blobs.stores().areShown()) {
      for (BlobStores.Named named : blobs.stores().all()) {
        BlobStore store = named.store();
        all.add(
            new Store(
                named.name(),
                named.description(),
                store.type(),
                store.properties(),
                all.isEmpty()));
      }
    }
    return all;
  }

  /** Returns whether no import, and no copy, goes on. */
  boolean isIdle() {
    return imports.isIdle();
  }

  /**
   * Takes the data of an image as {@link ImageService#upload(Caller, String, InputStream, long,
   * UploadForm)} does.
   *
   * @param choice which stores are to keep it
   */
  public ImageRecord upload(
      Caller caller, String id, InputStream body, long size, UploadForm form, StoreChoice choice)
      throws IOException {
    return uploads.run(caller, id, body, size, form, false, choice);
  }

  /**
   * Takes the data of an image to be imported later, as {@link ImageService#stage} does. It is
   * converted while it is staged, so that an import need not do so.
   */
  public ImageRecord stage(Caller caller, String id, InputStream body, long size, UploadForm form)
      throws IOException {
    return uploads.run(caller, id, body, size, form, true, StoreChoice.usual());
  }

  /**
   * Opens the manifest of the disk in an image, for {@link io.diskformat.transfer.Manifest#open}:
   * the checksums of all its blocks, with which a copy can be verified.
   *
   * @return nothing if it has no data, or no manifest was made of it
   */
  public Optional<SeekableByteChannel> openManifest(Caller caller, String id) throws IOException {
    Optional<ImageContent> content = service.open(caller, id);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    content.get().close();
    return uploads.manifests().open(content.get().data());
  }

  /**
   * Begins to fetch the data of an image as {@link ImageService#importFrom} does.
   *
   * @param form in which it comes
   * @param choice which stores are to keep it
   */
  public ImageRecord importFrom(
      Caller caller,
      String id,
      String method,
      String request,
      ImportSource source,
      UploadForm form,
      StoreChoice choice)
      throws IOException {
    return imports.begin(caller, id, method, request, source, form, choice);
  }

  /**
   * Begins to copy the data of an image to other stores, and returns. One of the image's tasks says
   * how that ends; the image stays active. What is read is compared with what came once.
   *
   * @param request the id of the request that asks for it, for the task
   * @param choice to which stores; of all, those that do not have it yet
   */
  public ImageRecord copy(Caller caller, String id, String request, StoreChoice choice)
      throws IOException {
    List<String> chosen = blobs.chosen(choice);
    ImageRecord image = service.changeable(caller, id, "copy");
    StoredData data = active(image);
    if (choice.isAll() && data.blobs().keySet().containsAll(chosen)) {
      return image;
    }
    StoreFailures target = new StoreFailures(missing(data, choice), choice.allMustSucceed());
    uploads.checkSpace(data.size(), target);
    ImportTask task = claims.task(caller, "copy-image", request, target.all());
    return imports.begin(
        () ->
            claims.claim(
                caller,
                id,
                "copy",
                (record, lease) -> {
                  StoredData its = active(record);
                  if (record.lease() != null) {
                    throw ImageServiceException.conflict("Image " + id + " is being copied");
                  }
                  if (!missing(its, choice).containsAll(target.whole())) {
                    throw ImageServiceException.conflict("Image " + id + " was copied meanwhile");
                  }
                  return record.in(record.status(), its, lease, service.now()).with(task);
                }),
        claim -> {
          try {
            long more = data.size() * target.whole().size();
            Map<String, String> copies = uploads.copy(claim, data, more, target);
            String done = "Copied %d bytes".formatted(data.size());
            claims.finish(
                claim,
                copies,
                copies,
                record ->
                    record
                        .givenMore(copies, service.now())
                        .ended(true, done, target.failed(), service.now()));
          } finally {
            claims.remove(claim);
          }
        });
  }

  private static StoredData active(ImageRecord image) throws ImageServiceException {
    StoredData data = image.data();
    if (data == null || image.status() != ImageStatus.ACTIVE) {
      throw ImageServiceException.conflict(
          "Only images with status active can be targeted for copying");
    }
    return data;
  }

  private List<String> missing(StoredData data, StoreChoice choice) throws ImageServiceException {
    List<String> missing = new ArrayList<>(blobs.chosen(choice));
    for (String store : data.blobs().keySet()) {
      if (missing.remove(store) && !choice.isAll()) {
        throw ImageServiceException.invalid("Image is already present at store '" + store + "'");
      }
    }
    return missing;
  }

  /**
   * Makes staged data that of the image. If it is to be kept by other stores than those where it
   * was staged, this only begins that, and one of the image's tasks says how it ends.
   *
   * @param request the id of the request that asks for it, for the task
   */
  public ImageRecord importStaged(Caller caller, String id, String request, StoreChoice choice)
      throws IOException {
    List<String> wanted = blobs.chosen(choice);
    StoredData data = staged(service.changeable(caller, id, "import"));
    List<String> missing = new ArrayList<>(wanted);
    boolean _ = missing.removeAll(data.blobs().keySet());
    ImportTask task = claims.task(caller, "glance-direct", request, wanted);
    if (missing.isEmpty() && wanted.containsAll(data.blobs().keySet())) {
      return importAtOnce(caller, id, task);
    }
    StoreFailures target =
        new StoreFailures(missing, choice.allMustSucceed(), missing.size() < wanted.size());
    return imports.begin(
        () ->
            claims.claim(
                caller,
                id,
                "import",
                (record, lease) ->
                    record
                        .in(ImageStatus.IMPORTING, staged(record), lease, service.now())
                        .with(task)),
        claim -> importTo(claim, data, wanted, target));
  }

  private ImageRecord importAtOnce(Caller caller, String id, ImportTask task) throws IOException {
    Instant now = service.now();
    ImageRecord imported =
        service.replace(
            caller,
            id,
            "import",
            image -> {
              StoredData its = staged(image);
              return image
                  .in(ImageStatus.ACTIVE, its, null, now)
                  .with(task)
                  .ended(true, "Copied %d bytes".formatted(its.size()), List.of(), now);
            });
    service.activated(id);
    return imported;
  }

  private static StoredData staged(ImageRecord image) throws ImageServiceException {
    StoredData data = image.data();
    if (image.status() != ImageStatus.UPLOADING || image.lease() != null || data == null) {
      throw ImageServiceException.conflict(
          "Image needs to be staged before 'glance-direct' method can be used");
    }
    return data;
  }

  private void importTo(
      Claims.Claim claim, StoredData staged, List<String> wanted, StoreFailures target)
      throws IOException {
    try {
      StoredData unwanted = staged.without(wanted);
      // What goes from one store to another counts once.
      long more = staged.size() * (target.whole().size() - unwanted.blobs().size());
      Map<String, String> copies =
          target.whole().isEmpty() ? Map.of() : uploads.copy(claim, staged, more, target);
      StoredData data = staged.with(copies).without(unwanted.blobs().keySet());
      AtomicReference<StoredData> before = new AtomicReference<>(staged);
      claims.finish(
          claim,
          copies,
          data.blobs(),
          record -> {
            // Others may have come to share it meanwhile.
            StoredData present = record.data();
            StoredData its = present == null ? staged : present;
            before.set(its);
            return record
                .in(ImageStatus.ACTIVE, its.isShared() ? data.shared() : data, null, service.now())
                .ended(
                    true, "Copied %d bytes".formatted(data.size()), target.failed(), service.now());
          });
      blobs.delete(Objects.requireNonNull(before.get()).without(wanted));
      service.activated(claim.image().id());
    } finally {
      claims.remove(claim);
    }
  }

  /** Deletes the data of an image from one of several stores that have it. For admins. */
  public ImageRecord delete(Caller caller, String id, String store) throws IOException {
    if (!blobs.names().contains(store)) {
      throw ImageServiceException.conflict(
          "The selected store " + store + " is not available on this node.");
    }
    AtomicReference<@Nullable StoredData> deleted = new AtomicReference<>();
    ImageRecord rest =
        service.replace(
            caller,
            id,
            "delete data of",
            image -> {
              if (!caller.isAdmin()) {
                throw ImageServiceException.forbidden(
                    "You are not authorized to delete data from a store.");
              }
              StoredData data = active(image, store);
              StoredData others = data.without(List.of(store));
              deleted.set(data.without(others.blobs().keySet()));
              return image.in(image.status(), others, image.lease(), service.now());
            });
    StoredData its = deleted.get();
    if (its != null) {
      blobs.delete(its);
    }
    return rest;
  }

  private static StoredData active(ImageRecord image, String store) throws ImageServiceException {
    StoredData data = image.data();
    if (data == null || image.status() != ImageStatus.ACTIVE) {
      throw ImageServiceException.conflict(
          "It's not allowed to remove image data from store if image status is not 'active'");
    }
    if (!data.blobs().containsKey(store)) {
      throw new ImageServiceException(
          Problem.NOT_FOUND, "Image " + image.id() + " is not stored in store " + store + ".");
    }
    if (data.blobs().size() == 1) {
      throw ImageServiceException.forbidden(
          "Cannot delete image data from the only store containing it. Consider deleting the image"
              + " instead.");
    }
    return data;
  }
}
