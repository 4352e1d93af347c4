package io.diskformat.imageservice;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which images a list has, and in which order. Immutable: each setting returns another object.
 *
 * <pre>{@code
 * ImageQuery.usual().where(image -> image.attributes().tags().contains("lts")).limit(100)
 * }</pre>
 */
public final class ImageQuery {
  /** The newest first; of those of one instant, by id, so that the order is total. */
  private static final Comparator<ImageRecord> NEWEST_FIRST =
      Comparator.comparing(ImageRecord::createdAt).reversed();

  private final Predicate<ImageRecord> filter;
  private final Comparator<ImageRecord> order;
  private final @Nullable Visibility visibility;
  private final boolean all;
  private final ImageMember.@Nullable Status said;
  private final int limit;
  private final @Nullable String marker;

  private ImageQuery(
      Predicate<ImageRecord> filter,
      Comparator<ImageRecord> order,
      @Nullable Visibility visibility,
      boolean all,
      ImageMember.@Nullable Status said,
      int limit,
      @Nullable String marker) {
    this.filter = filter;
    this.order = order;
    this.visibility = visibility;
    this.all = all;
    this.said = said;
    this.limit = limit;
    this.marker = marker;
  }

  /**
   * Returns the query for public images, the caller's own and those that the caller's project
   * accepted, the newest first, without a limit.
   */
  public static ImageQuery usual() {
    return new ImageQuery(
        image -> true,
        NEWEST_FIRST,
        null,
        false,
        ImageMember.Status.ACCEPTED,
        Integer.MAX_VALUE,
        null);
  }

  /** Leaves out what does not meet a condition. */
  public ImageQuery where(Predicate<ImageRecord> condition) {
    return new ImageQuery(filter.and(condition), order, visibility, all, said, limit, marker);
  }

  /** Sets the order; what it takes for equal is ordered by age, and then by id. */
  public ImageQuery sortedBy(Comparator<ImageRecord> comparator) {
    return new ImageQuery(
        filter, comparator.thenComparing(NEWEST_FIRST), visibility, all, said, limit, marker);
  }

  /** Leaves out images of any other visibility. */
  public ImageQuery visibility(Visibility value) {
    return new ImageQuery(filter, order, value, false, said, limit, marker);
  }

  /** Takes all images that the caller may see, of any visibility. */
  public ImageQuery everything() {
    return new ImageQuery(filter, order, null, true, said, limit, marker);
  }

  /**
   * Takes the images to which the caller's project said this.
   *
   * @param status null for anything
   */
  public ImageQuery memberStatus(ImageMember.@Nullable Status status) {
    return new ImageQuery(filter, order, visibility, all, status, limit, marker);
  }

  /** Sets how many images there are at most. */
  public ImageQuery limit(int count) {
    return new ImageQuery(filter, order, visibility, all, said, count, marker);
  }

  /** Begins behind an image, in the same order. */
  public ImageQuery after(String id) {
    return new ImageQuery(filter, order, visibility, all, said, limit, id);
  }

  /** Returns the id of the image behind which the list begins, or null. */
  @Nullable String marker() {
    return marker;
  }

  /**
   * Returns the list.
   *
   * @param behind the image behind which it begins, or null
   */
  List<ImageRecord> of(Stream<ImageRecord> images, Caller caller, @Nullable ImageRecord behind) {
    Comparator<ImageRecord> total = order.thenComparing(ImageRecord::id);
    return first(
        images
            .filter(image -> AccessRules.lists(caller, image, visibility, all, said))
            .filter(filter)
            .filter(image -> behind == null || total.compare(image, behind) > 0),
        total);
  }

  /** Of many images, a page has few, so that not all need be sorted. */
  private List<ImageRecord> first(Stream<ImageRecord> images, Comparator<ImageRecord> total) {
    if (limit == 0) {
      return List.of();
    }
    PriorityQueue<ImageRecord> kept = new PriorityQueue<>(total.reversed());
    images.forEach(image -> {
      if (kept.size() == limit && total.compare(image, kept.element()) < 0) {
        ImageRecord _ = kept.remove();
      }
      if (kept.size() < limit) {
        boolean _ = kept.add(image);
      }
    });
    return kept.stream().sorted(total).toList();
  }
}
