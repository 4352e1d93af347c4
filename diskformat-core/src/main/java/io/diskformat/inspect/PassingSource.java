package io.diskformat.inspect;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;

/**
 * The bytes of an image that passes by. Keeps the first and the last 64 KiB of it, and what
 * requests wait for.
 */
final class PassingSource extends ByteSource {
  /** The most bytes of requests that have begun to arrive. */
  private static final int MOST_FILLING = 4 << 20;

  private final byte[] head = new byte[KEPT];
  private final byte[] ring = new byte[KEPT];

  /** The requests that begin further on. */
  private final PriorityQueue<Request> waiting =
      new PriorityQueue<>(
          Comparator.comparingLong(Request::position).thenComparingLong(Request::number));

  /** The requests that have begun, and their bytes so far. */
  private final PriorityQueue<Request> filling = new PriorityQueue<>(BY_END);

  private final Map<Request, byte[]> bytes = new HashMap<>();
  private int filled;

  @Override
  void take(Request request) {
    if (request.position() >= seen() && !hasEnded()) {
      waiting.add(request);
    } else if (request.end() > seen() && hasEnded()) {
      miss(request, Missing.ENDED);
    } else {
      begin(request);
    }
  }

  /** Begins to collect the bytes of a request, some of which have passed. */
  private void begin(Request request) {
    int passed = (int) (Math.min(seen(), request.end()) - request.position());
    if (request.length() > MOST_FILLING - filled || !isKept(request.position(), passed)) {
      miss(request, Missing.PASSED);
      return;
    }
    byte[] collected = new byte[request.length()];
    copyKept(request.position(), passed, collected);
    filled += request.length();
    bytes.put(request, collected);
    (passed == request.length() ? ready : filling).add(request);
  }

  private boolean isKept(long position, int length) {
    return length == 0 || position + length <= KEPT || (hasEnded() && position >= seen() - KEPT);
  }

  private void copyKept(long position, int length, byte[] target) {
    if (position + length <= KEPT) {
      System.arraycopy(head, (int) position, target, 0, length);
      return;
    }
    for (int i = 0; i < length; i++) {
      target[i] = ring[(int) (position + i & KEPT - 1)];
    }
  }

  /** Passes the next bytes of the image. */
  void accept(ByteBuffer next) {
    deliverReady();
    while (next.hasRemaining()) {
      while (!waiting.isEmpty() && waiting.element().position() <= seen()) {
        begin(waiting.remove());
      }
      long to = seen() + next.remaining();
      if (!waiting.isEmpty()) {
        to = Math.min(to, waiting.element().position());
      }
      if (!filling.isEmpty()) {
        to = Math.min(to, filling.element().end());
      }
      pass(next.slice(next.position(), (int) (to - seen())));
      next.position(next.position() + (int) (to - seen()));
      advance(to);
      while (!filling.isEmpty() && filling.element().end() <= to) {
        ready.add(filling.remove());
      }
      deliverReady();
    }
  }

  private void pass(ByteBuffer piece) {
    int length = piece.remaining();
    if (seen() < KEPT) {
      int at = (int) seen();
      piece.get(0, head, at, Math.min(length, KEPT - at));
    }
    for (Request request : filling) {
      piece.get(0, bytes.get(request), (int) (seen() - request.position()), length);
    }
    int from = Math.max(0, length - KEPT);
    while (from < length) {
      int at = (int) (seen() + from & KEPT - 1);
      int count = Math.min(length - from, KEPT - at);
      piece.get(from, ring, at, count);
      from += count;
    }
  }

  private void deliverReady() {
    while (!ready.isEmpty()) {
      Request request = ready.remove();
      byte[] collected = Objects.requireNonNull(bytes.remove(request));
      filled -= request.length();
      deliver(request, collected);
    }
  }

  /** Ends the image. */
  void finish() {
    List<Request> left = new ArrayList<>(waiting);
    left.addAll(filling);
    waiting.clear();
    filling.clear();
    left.forEach(bytes::remove);
    filled = 0;
    beyondEnd.addAll(left);
    end();
    deliverReady();
    for (int length = nextEnd(); length >= 0; length = nextEnd()) {
      deliverEnd(tail(length));
      deliverReady();
    }
  }

  private ByteBuffer tail(int length) {
    byte[] tail = new byte[length];
    copyKept(seen() - length, length, tail);
    return ByteBuffer.wrap(tail);
  }
}
