package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Where the bytes of an image come from, and who has asked for which of them. What was asked for is
 * handed over in the order of its last byte, and of what ends at the same byte, in the order in which
 * it was asked for: so how the bytes come makes no difference.
 */
abstract class ByteSource {
  /** How many bytes from the start on are kept, and how many at the end. */
  static final int KEPT = 1 << 16;

  /** What is asked for at one time, at most; each is an object. */
  private static final int MOST_REQUESTS = 1 << 17;

  /** By the last byte, and then by who came first. */
  static final Comparator<Request> BY_END =
      Comparator.comparingLong(Request::end).thenComparingLong(Request::number);

  /** What has its bytes. */
  final PriorityQueue<Request> ready = new PriorityQueue<>(BY_END);

  /** What is not there, as the image has ended before. */
  final PriorityQueue<Request> beyondEnd =
      new PriorityQueue<>(Comparator.comparingLong(Request::number));

  private record End(int length, PassingImage.End then) {}

  private final Queue<End> ends = new ArrayDeque<>();
  private long requests;
  private int pending;
  private long seen;
  private boolean ended;

  /**
   * Some bytes that were asked for.
   *
   * @param number grows from request to request
   * @param then called with the bytes
   * @param missing called if they are not there, since the image ends before, or has passed
   */
  record Request(
      long position, int length, long number, Consumer<ByteBuffer> then, Consumer<Missing> missing) {
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

  final void ask(
      long position, int length, Consumer<ByteBuffer> then, Consumer<Missing> missing) {
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

  /** Takes a request that makes sense. */
  abstract void take(Request request);

  /** Advances to a position, if it is further on. */
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

  /** Says that the image has ended, which whoever waits for more is told first. */
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

  /** Hands the last bytes to who wants them next. */
  final void deliverEnd(ByteBuffer tail) {
    ends.remove().then().of(seen, tail.asReadOnlyBuffer());
  }
}
