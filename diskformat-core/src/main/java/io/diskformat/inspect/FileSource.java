package io.diskformat.inspect;

import io.diskformat.storage.Storage;
import java.io.IOException;

/** The bytes of an image that is a file. They are read in small pages, of which a few are kept. */
final class FileSource extends ByteSource {
  private static final int PAGE = 4096;

  private final Storage storage;
  private final long size;
  private byte[] page = new byte[0];
  private long pageStart = -1;

  FileSource(Storage storage) throws IOException {
    this.storage = storage;
    this.size = storage.size();
  }

  @Override
  void take(Request request) {
    if (request.end() <= size) {
      ready.add(request);
    } else if (hasEnded()) {
      miss(request, Missing.ENDED);
    } else {
      beyondEnd.add(request);
    }
  }

  /** Answers all requests. */
  void run() throws IOException {
    deliverReady();
    advance(size);
    end();
    deliverReady();
    for (int length = nextEnd(); length >= 0; length = nextEnd()) {
      deliverEnd(storage.read(size - length, length));
      deliverReady();
    }
  }

  private void deliverReady() throws IOException {
    while (!ready.isEmpty()) {
      Request request = ready.remove();
      byte[] bytes = bytes(request.position(), request.length());
      advance(request.end());
      deliver(request, bytes);
    }
  }

  private byte[] bytes(long position, int length) throws IOException {
    if (length >= PAGE) {
      return storage.read(position, length).array();
    }
    byte[] bytes = new byte[length];
    for (int done = 0; done < length; ) {
      long at = position + done;
      load(at & -PAGE);
      int from = (int) (at - pageStart);
      int count = Math.min(page.length - from, length - done);
      System.arraycopy(page, from, bytes, done, count);
      done += count;
    }
    return bytes;
  }

  private void load(long start) throws IOException {
    if (start != pageStart) {
      page = storage.read(start, (int) Math.min(PAGE, size - start)).array();
      pageStart = start;
    }
  }
}
