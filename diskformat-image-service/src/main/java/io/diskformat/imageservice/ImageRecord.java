package io.diskformat.imageservice;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
 * @param lease who writes its data, or null if nobody does
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
        id, 0, ImageStatus.QUEUED, attributes, null, null, new TreeMap<>(), List.of(), now, now);
  }

  /** Returns a copy with another revision, for catalogues. */
  public ImageRecord withRevision(long number) {
    return new ImageRecord(
        id, number, status, attributes, data, lease, members, tasks, createdAt, updatedAt);
  }

  /** Returns a copy in another state, with the data that belongs to it. */
  ImageRecord in(
      ImageStatus other, @Nullable StoredData its, @Nullable UploadLease whose, Instant now) {
    return new ImageRecord(
        id, revision, other, attributes, its, whose, members, tasks, createdAt, now);
  }

  /** Returns a copy of which its owner says something else. */
  ImageRecord with(ImageAttributes others, Instant now) {
    return new ImageRecord(
        id, revision, status, others, data, lease, members, tasks, createdAt, now);
  }

  /** Returns a copy that is shared with others. */
  ImageRecord with(SortedMap<String, ImageMember> others, Instant now) {
    return new ImageRecord(
        id, revision, status, attributes, data, lease, others, tasks, createdAt, now);
  }

  /** Returns a copy with one more task; the oldest ones go. */
  ImageRecord with(ImportTask task) {
    List<ImportTask> more = new ArrayList<>(tasks);
    more.add(task);
    return new ImageRecord(
        id,
        revision,
        status,
        attributes,
        data,
        lease,
        members,
        more.subList(Math.max(0, more.size() - MOST_TASKS), more.size()),
        createdAt,
        updatedAt);
  }

  /** Returns a copy whose imports have ended. */
  ImageRecord ended(boolean isDone, String message, Instant now) {
    return new ImageRecord(
        id,
        revision,
        status,
        attributes,
        data,
        lease,
        members,
        tasks.stream().map(task -> task.ended(isDone, message, now)).toList(),
        createdAt,
        updatedAt);
  }

  /** Returns a copy without data, which nobody writes any more. */
  ImageRecord released(String why, Instant now) {
    return in(ImageStatus.QUEUED, null, null, now).ended(false, why, now);
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
    return in(to, data, null, now);
  }

  /** Returns whether an upload is the one that writes the image's data. */
  boolean isWrittenBy(String upload) {
    return lease != null && lease.upload().equals(upload);
  }
}
