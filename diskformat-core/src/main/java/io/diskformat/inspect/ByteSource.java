package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * The source of an image's bytes, and the requests for them. Requests are answered in the order of
 * their last bytes, and those that end at the same byte in the order in which they were made: so
 * how the bytes arrive makes no difference.
 */
abstract class ByteSource {
  /** How many bytes are kept at the start of the image, and how many at its end. */
  static final int KEPT = 1 << 16;

  /** The most requests that wait at one time; each is an object. */
  private static final int MOST_REQUESTS = 1 << 17;

  /** By the last byte, and then by the order in which they were made. */
  static final Comparator<Request> BY_END =
      Comparator.comparingLong(Request::end).thenComparingLong(Request::number);

  /** The requests whose bytes are there. */
  final PriorityQueue<Request> ready = new PriorityQueue<>(BY_END);

  /** The requests whose bytes will not come, since the image has ended before them. */
  final PriorityQueue<Request> beyondEnd =
      new PriorityQueue<>(Comparator.comparingLong(Request::number));

  private record End(int length, PassingImage.End then) {}

  private final Queue<End> ends = new ArrayDeque<>();
  private long requests;
  private int pending;
  private long seen;
  private boolean ended;

  /**
   * A request for bytes.
   *
   * @param number grows from request to request
   * @param then receives the bytes
   * @param missing called if the bytes will not come: the image ends before them, or they have
   *     passed
   */
  record Request(
      long position,
      int length,
      long number,
      Consumer<ByteBuffer> then,
      Consumer<Missing> missing) {
    long end() {
      return position + length;
    }
  }

  /** Why there are no bytes. */
  enum Missing {
    /** The image ends before them. */
    ENDED,
    /** They came before they were asked for, or too many others were. */
    PASSED
  }

  /** Returns how many bytes were seen so far. */
  final long seen() {
    return seen;
  }

  final boolean hasEnded() {
    return ended;
  }

  final void ask(long position, int length, Consumer<ByteBuffer> then, Consumer<Missing> missing) {
    if (position < 0 || position > Long.MAX_VALUE - length) {
      missing.accept(Missing.ENDED);
      return;
    }
    if (length < 1 || length > PassingImage.MOST_BYTES) {
      throw new IllegalArgumentException(length + " bytes");
    }
    if (pending == MOST_REQUESTS) {
      missing.accept(Missing.PASSED);
      return;
    }
    pending++;
    take(new Request(position, length, requests++, then, missing));
  }

  final void askAtEnd(int length, PassingImage.End then) {
    ends.add(new End(length, then));
  }

  /** Adds a valid request. */
  abstract void take(Request request);

  /** Advances to a position, if it is ahead. */
  final void advance(long position) {
    seen = Math.max(seen, position);
  }

  final void deliver(Request request, byte[] bytes) {
    pending--;
    request.then().accept(ByteBuffer.wrap(bytes).asReadOnlyBuffer());
  }

  final void miss(Request request, Missing why) {
    pending--;
    request.missing().accept(why);
  }

  /** Ends the image: the requests that still wait get no bytes. */
  final void end() {
    ended = true;
    while (!beyondEnd.isEmpty()) {
      miss(beyondEnd.remove(), Missing.ENDED);
    }
  }

  /** Returns how many of the last bytes are wanted next, or -1 if none are. */
  final int nextEnd() {
    return ends.isEmpty() ? -1 : (int) Math.min(ends.element().length(), seen);
  }

  /** Answers the next request for the last bytes. */
  final void deliverEnd(ByteBuffer tail) {
    ends.remove().then().of(seen, tail.asReadOnlyBuffer());
  }
}
