package io.diskformat.imageservice;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that the service knows of an image. Immutable; a {@link Catalogue} keeps it.
 *
 * @param id a UUID
 * @param revision how often the record was changed, which only the catalogue raises
 * @param status its state
 * @param attributes what its owner says of it
 * @param data its data, or null as long as there is none
 * @param lease who writes its data, or copies it, or null if nobody does
 * @param partial what has come of an upload that may be resumed, or null if there is none
 * @param members the projects that it is shared with, by their ids
 * @param tasks the last imports that were asked for, the oldest first
 * @param createdAt when it was registered
 * @param updatedAt when something of it was changed last
 */
public record ImageRecord(
    String id,
    long revision,
    ImageStatus status,
    ImageAttributes attributes,
    @Nullable StoredData data,
    @Nullable UploadLease lease,
    @Nullable PartialUpload partial,
    SortedMap<String, ImageMember> members,
    List<ImportTask> tasks,
    Instant createdAt,
    Instant updatedAt) {

  private static final int MOST_TASKS = 16;

  /** Makes copies of the collections. */
  public ImageRecord {
    members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    tasks = List.copyOf(tasks);
  }

  /** Returns the record of an image without data. */
  static ImageRecord queued(String id, ImageAttributes attributes, Instant now) {
    return new ImageRecord(
        id,
        0,
        ImageStatus.QUEUED,
        attributes,
        null,
        null,
        null,
        new TreeMap<>(),
        List.of(),
        now,
        now);
  }

  /** Returns a copy with another revision, for catalogues. */
  public ImageRecord withRevision(long number) {
    return new ImageRecord(
        id, number, status, attributes, data, lease, partial, members, tasks, createdAt, updatedAt);
  }

  /** Returns a copy in another state, with the data that belongs to it. */
  ImageRecord in(
      ImageStatus other, @Nullable StoredData its, @Nullable UploadLease whose, Instant now) {
    return new ImageRecord(
        id, revision, other, attributes, its, whose, partial, members, tasks, createdAt, now);
  }

  /** Returns a copy of which its owner says something else. */
  ImageRecord with(ImageAttributes others, Instant now) {
    return new ImageRecord(
        id, revision, status, others, data, lease, partial, members, tasks, createdAt, now);
  }

  /** Returns a copy that is shared with others. */
  ImageRecord with(SortedMap<String, ImageMember> others, Instant now) {
    return new ImageRecord(
        id, revision, status, attributes, data, lease, partial, others, tasks, createdAt, now);
  }

  /** Returns a copy with what has come of an upload that may be resumed. */
  ImageRecord with(@Nullable PartialUpload other) {
    return new ImageRecord(
        id, revision, status, attributes, data, lease, other, members, tasks, createdAt, updatedAt);
  }

  private ImageRecord with(List<ImportTask> others) {
    return new ImageRecord(
        id,
        revision,
        status,
        attributes,
        data,
        lease,
        partial,
        members,
        others,
        createdAt,
        updatedAt);
  }

  /** Returns a copy with one more task; the oldest ones go. */
  ImageRecord with(ImportTask task) {
    List<ImportTask> more = new ArrayList<>(tasks);
    more.add(task);
    return with(more.subList(Math.max(0, more.size() - MOST_TASKS), more.size()));
  }

  /**
   * Returns a copy whose imports have ended.
   *
   * @param without the stores that do not have the data
   */
  ImageRecord ended(boolean isDone, String message, List<String> without, Instant now) {
    return with(tasks.stream().map(task -> task.ended(isDone, message, without, now)).toList());
  }

  /**
   * Returns a copy which nobody writes any more. What has data was only to be copied, or imported
   * from what was staged, and keeps it.
   */
  ImageRecord released(String why, Instant now) {
    ImageStatus before =
        data == null
            ? ImageStatus.QUEUED
            : status == ImageStatus.IMPORTING ? ImageStatus.UPLOADING : status;
    return in(before, data, null, now).ended(false, why, List.of(), now);
  }

  /** Returns a copy whose lease lasts longer. */
  ImageRecord leasedUntil(Instant later) {
    return lease == null ? this : in(status, data, lease.until(later), updatedAt);
  }

  /** Returns a copy of which whoever writes it claims blobs of others. */
  ImageRecord claiming(Set<String> blobs) {
    return lease == null ? this : in(status, data, lease.claiming(blobs), updatedAt);
  }

  /** Returns a copy for whose data as many bytes are reserved. */
  ImageRecord reserving(long bytes) {
    return lease == null ? this : in(status, data, lease.reserving(bytes), updatedAt);
  }

  /** Returns a copy that has more blobs, and which nobody writes any more. */
  ImageRecord givenMore(Map<String, String> blobs, Instant now) {
    return data == null ? this : in(status, data.with(blobs), null, now);
  }

  /** Returns a copy whose blobs others may have, too. */
  ImageRecord sharing() {
    return data == null ? this : in(status, data.shared(), lease, updatedAt);
  }

  /** Returns a copy whose data is available, or not. */
  ImageRecord activated(boolean active, Instant now) throws ImageServiceException {
    ImageStatus to = active ? ImageStatus.ACTIVE : ImageStatus.DEACTIVATED;
    if (status == to) {
      return this;
    }
    if (status != (active ? ImageStatus.DEACTIVATED : ImageStatus.ACTIVE)) {
      throw ImageServiceException.forbidden(
          "Image status transition from %s to %s is not allowed"
              .formatted(status.text(), to.text()));
    }
    return in(to, data, lease, now);
  }

  /** Returns whether an upload is the one that writes the image's data. */
  boolean isWrittenBy(String upload) {
    return lease != null && lease.upload().equals(upload);
  }
}
