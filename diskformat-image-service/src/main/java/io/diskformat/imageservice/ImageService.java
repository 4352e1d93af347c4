package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An image service: a catalogue of images, and their data.
 *
 * <p>Data is judged while it arrives: what is not the format that was said, is cut short, or refers
 * to other files, is refused at the first byte that proves it, and nothing of it stays. What a
 * method did is durable when it returns.
 *
 * <p>Thread-safe. Every method throws an {@link ImageServiceException} if the service refuses what
 * was asked for, and any other {@link IOException} if the catalogue or the store fails. An image
 * that a caller may not see is not found.
 */
public final class ImageService implements Closeable {
  private final Catalogue catalogue;
  private final Blobs blobs;
  private final ServiceLimits limits;
  private final Clock clock;
  private final Upkeep upkeep;
  private final Uploads uploads;
  private final Sharing sharing;
  private final AttributeRules rules;
  private final Imports imports;
  private final Insights insights;
  private final Downloads downloads;
  private final StoreOperations stores;
  private final ResumableUploads resumable;

  /** Says what is to become of an image's attributes. */
  @FunctionalInterface
  public interface Change {
    /** Returns the new attributes; may be called again if somebody else changes the image. */
    ImageAttributes of(ImageRecord image) throws IOException;
  }

  private ImageService(Catalogue catalogue, BlobStores stores, ServiceLimits limits, Clock clock) {
    this.catalogue = catalogue;
    this.blobs = new Blobs(stores, catalogue);
    this.limits = limits;
    this.clock = clock;
    this.upkeep = new Upkeep(this, catalogue, blobs, limits);
    Claims claims = new Claims(this, upkeep, blobs);
    this.uploads = new Uploads(this, claims, catalogue, blobs, limits);
    this.sharing = new Sharing(this, limits);
    this.rules = new AttributeRules(limits);
    this.imports = new Imports(uploads, claims);
    this.insights = new Insights(this, rules, catalogue, blobs);
    this.downloads = new Downloads(this, blobs);
    this.stores = new StoreOperations(this, blobs, uploads, claims, imports);
    this.resumable = new ResumableUploads(this, uploads, claims, catalogue, blobs, limits);
  }

  /**
   * Opens a service, and puts right what one that was killed left behind.
   *
   * @param catalogue is closed with the service
   */
  public static ImageService open(Catalogue catalogue, BlobStore blobs, ServiceLimits limits)
      throws IOException {
    return open(catalogue, BlobStores.of(blobs), limits);
  }

  /**
   * Opens a service with several stores, and puts right what one that was killed left behind.
   *
   * @param catalogue is closed with the service
   */
  public static ImageService open(Catalogue catalogue, BlobStores stores, ServiceLimits limits)
      throws IOException {
    return open(catalogue, stores, limits, Clock.systemUTC());
  }

  static ImageService open(
      Catalogue catalogue, BlobStores stores, ServiceLimits limits, Clock clock)
      throws IOException {
    ImageService service = new ImageService(catalogue, stores, limits, clock);
    try {
      service.upkeep.begin(!catalogue.isShared());
    } catch (IOException | RuntimeException e) {
      catalogue.close();
      throw e;
    }
    return service;
  }

  /**
   * Registers an image.
   *
   * @param id a UUID that no image ever had, or null for any
   */
  public ImageRecord create(Caller caller, @Nullable String id, ImageAttributes attributes)
      throws IOException {
    if (!caller.mayWrite()) {
      throw ImageServiceException.forbidden("You are not authorized to create images.");
    }
    rules.check(caller, attributes, ImageAttributes.of(caller.project()).build());
    String its = id == null ? UUID.randomUUID().toString() : AttributeRules.canonical(id);
    ImageRecord image = ImageRecord.queued(its, attributes, now());
    if (!catalogue.add(image)) {
      throw ImageServiceException.conflict("Image ID " + its + " already exists!");
    }
    return get(caller, its);
  }

  /** Returns an image. */
  public ImageRecord get(Caller caller, String id) throws IOException {
    ImageRecord image = catalogue.find(id).orElse(null);
    if (image == null
        || image.status() == ImageStatus.DELETED
        || !AccessRules.sees(caller, image)) {
      throw ImageServiceException.notFound(id);
    }
    return image;
  }

  /** Returns an image that the caller may change. */
  ImageRecord changeable(Caller caller, String id, String what) throws IOException {
    ImageRecord image = get(caller, id);
    if (!AccessRules.mayChange(caller, image)) {
      throw ImageServiceException.forbidden(
          "You are not authorized to " + what + " image " + id + ".");
    }
    return image;
  }

  /**
   * Returns a list of images.
   *
   * @throws ImageServiceException if the image behind which it is to begin cannot be found
   */
  public List<ImageRecord> list(Caller caller, ImageQuery query) throws IOException {
    String marker = query.marker();
    ImageRecord behind = null;
    if (marker != null) {
      // The list goes on where it was even if that image was deleted meanwhile.
      behind =
          catalogue
              .find(marker)
              .filter(image -> AccessRules.sees(caller, image))
              .orElseThrow(() -> ImageServiceException.invalid("Invalid marker: " + marker));
    }
    return query.of(catalogue.all(), caller, behind);
  }

  /** Changes what is said of an image. */
  public ImageRecord update(Caller caller, String id, Change change) throws IOException {
    while (true) {
      ImageRecord before = changeable(caller, id, "modify");
      ImageAttributes attributes = change.of(before);
      if (attributes.equals(before.attributes())) {
        return before;
      }
      rules.check(caller, attributes, before.attributes());
      AttributeRules.formats(before, attributes);
      if (catalogue.replace(before, before.with(attributes, now()))) {
        return get(caller, id);
      }
    }
  }

  /**
   * Takes the data of an image that has none.
   *
   * @param body the data, from its first byte to its last; it is not closed, and not read to its
   *     end if the data is refused
   * @param size how many bytes were announced, or a negative number
   */
  public ImageRecord upload(Caller caller, String id, InputStream body, long size)
      throws IOException {
    return upload(caller, id, body, size, UploadForm.plain());
  }

  /**
   * Takes the data of an image as {@link #upload(Caller, String, InputStream, long)} does, but may
   * store it in another form than that in which it comes: decompressed, or converted to the image's
   * own format, which must be raw or vmdk then, and is stored as streamOptimized.
   *
   * @param form in which it comes
   */
  public ImageRecord upload(Caller caller, String id, InputStream body, long size, UploadForm form)
      throws IOException {
    return stores.upload(caller, id, body, size, form, StoreChoice.usual());
  }

  /** Takes the data of an image as {@link #upload} does, but to be imported later. */
  public ImageRecord stage(Caller caller, String id, InputStream body, long size)
      throws IOException {
    return stores.stage(caller, id, body, size, UploadForm.plain());
  }

  /** Makes staged data that of the image. */
  public ImageRecord importStaged(Caller caller, String id) throws IOException {
    return stores.importStaged(caller, id, "", StoreChoice.usual());
  }

  /**
   * Begins to fetch the data of an image that has none, and returns. One of the image's tasks says
   * how that ends; the image is active then, or as before.
   *
   * @param method what clients call it, for the task
   * @param request the id of the request that asks for it, for the task
   */
  public ImageRecord importFrom(
      Caller caller, String id, String method, String request, ImportSource source)
      throws IOException {
    return stores.importFrom(
        caller, id, method, request, source, UploadForm.plain(), StoreChoice.usual());
  }

  /**
   * Opens the data of an image for reading.
   *
   * @return nothing as long as it has none
   */
  public Optional<ImageContent> open(Caller caller, String id) throws IOException {
    return open(caller, id, "");
  }

  /**
   * Opens the data of an image for reading.
   *
   * @param preferred the name of the store from which it is read, if that has it
   * @return nothing as long as it has none
   */
  public Optional<ImageContent> open(Caller caller, String id, String preferred)
      throws IOException {
    return downloads.open(caller, id, preferred);
  }

  /**
   * Opens the disk of an image in another format, to be sent.
   *
   * @param format {@code raw}, {@code qcow2}, {@code vdi}, or {@code vmdk}, which is made as ESXi
   *     imports it
   * @return nothing as long as there is no data
   */
  public Optional<DerivedImage> openAs(Caller caller, String id, String format) throws IOException {
    return downloads.openAs(caller, id, format);
  }

  /**
   * Checks the stored data of an image, all of which is read: its size, its digests, the checksums
   * of its blocks, which say where it is damaged, and the structure of its format.
   *
   * @return nothing as long as it has none
   */
  public Optional<ImageReport> check(Caller caller, String id) throws IOException {
    return check(caller, id, Long.MAX_VALUE);
  }

  /** Checks as {@link #check(Caller, String)} does, at a limited rate in bytes a second. */
  Optional<ImageReport> check(Caller caller, String id, long rate) throws IOException {
    return downloads.check(caller, id, rate);
  }

  /** Deletes an image. Whoever reads its data in order meanwhile can do so to the end. */
  public void delete(Caller caller, String id) throws IOException {
    ImageRecord before;
    ImageRecord after;
    do {
      before = changeable(caller, id, "delete");
      if (before.attributes().isProtected()) {
        throw ImageServiceException.forbidden(
            "Image " + id + " is protected and cannot be deleted.");
      }
      after =
          before
              .with(ImageAttributes.of(before.attributes().owner()).build(), now())
              .with((PartialUpload) null)
              .in(ImageStatus.DELETED, null, null, now());
    } while (!catalogue.replace(before, after));
    blobs.delete(before);
  }

  /** Makes the data of an image unavailable to all but admins, or ends that. */
  public ImageRecord setActive(Caller caller, String id, boolean active) throws IOException {
    String what = active ? "reactivate" : "deactivate";
    return replace(caller, id, what, image -> image.activated(active, now()));
  }

  /** Returns what shares images with projects. */
  public Sharing sharing() {
    return sharing;
  }

  /** Returns the stores, and what copies images between them. */
  public StoreOperations stores() {
    return stores;
  }

  /** Returns what takes uploads that may be resumed. */
  public ResumableUploads resumable() {
    return resumable;
  }

  /**
   * Looks into every image that becomes active from now on, and gives it the properties that are
   * found there, unless it has them.
   */
  public void lookInto(DiskInsight insight) {
    insights.use(insight);
  }

  void activated(String id) {
    insights.add(id);
  }

  /** Changes a record that the caller may change, again if somebody else does so meanwhile. */
  ImageRecord replace(Caller caller, String id, String what, RecordStep step) throws IOException {
    while (true) {
      ImageRecord before = changeable(caller, id, what);
      ImageRecord after = step.of(before);
      if (after.equals(before) || catalogue.replace(before, after)) {
        return get(caller, id);
      }
    }
  }

  /** Changes the record of any image that is there; returns it as it is then, or nothing. */
  Optional<ImageRecord> replace(String id, UnaryOperator<ImageRecord> step) throws IOException {
    while (true) {
      ImageRecord before = catalogue.find(id).orElse(null);
      if (before == null || before.status() == ImageStatus.DELETED) {
        return Optional.empty();
      }
      ImageRecord after = step.apply(before);
      if (after.equals(before) || catalogue.replace(before, after)) {
        return Optional.of(after);
      }
    }
  }

  /** Returns the time, in the milliseconds that a record has. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /** Returns how many bytes the first store can still take. */
  public long free() throws IOException {
    return Math.max(0, blobs.of(blobs.names().getFirst()).free() - limits.reserve());
  }

  /**
   * Returns how many bytes the caller's project has of the stores.
   *
   * @throws IOException if the catalogue fails
   */
  public long used(Caller caller) throws IOException {
    return uploads.quotas().used(caller.project());
  }

  /** Returns what the service keeps to. */
  public ServiceLimits limits() {
    return limits;
  }

  /**
   * Returns how many images there are in each state that one is in, of whomever they are.
   *
   * @throws IOException if the catalogue fails
   */
  public Map<ImageStatus, Long> counts() throws IOException {
    Map<ImageStatus, Long> counts = new EnumMap<>(ImageStatus.class);
    try (Stream<ImageRecord> all = catalogue.all()) {
      all.forEach(image -> counts.merge(image.status(), 1L, Long::sum));
    }
    return counts;
  }

  /** Returns how often something failed of what is done besides answering; each is logged. */
  public long upkeepFailures() {
    return upkeep.failures();
  }

  /** Ends imports, and closes the catalogue. Uploads that still run fail. */
  @Override
  public void close() throws IOException {
    imports.close();
    insights.close();
    upkeep.close();
    catalogue.close();
  }
}
