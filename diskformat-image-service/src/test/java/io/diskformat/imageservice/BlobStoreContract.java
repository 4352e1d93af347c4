package io.diskformat.imageservice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does. */
public abstract class BlobStoreContract {
  protected BlobStore store;

  /** Opens an empty store. */
  protected abstract BlobStore open() throws IOException;

  /** Returns a size that a store of parts keeps in two. */
  protected abstract int large();

  @BeforeEach
  final void begin() throws IOException {
    store = open();
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    if (size > 300_000) {
      Arrays.fill(bytes, 100_000, 250_000, (byte) 0);
    }
    return bytes;
  }

  private static void write(BlobStore.Pending pending, byte[] bytes) throws IOException {
    Random random = new Random(1);
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(200_000));
      ByteBuffer piece = ByteBuffer.wrap(bytes, at, length);
      pending.write(piece);
      assertFalse(piece.hasRemaining());
      at += length;
    }
  }

  private String stored(byte[] bytes) throws IOException {
    String name = UUID.randomUUID().toString();
    try (BlobStore.Pending pending = store.begin(name)) {
      write(pending, bytes);
      assertEquals(name, pending.complete());
    }
    return name;
  }

  private byte[] read(String blob) throws IOException {
    try (SeekableByteChannel channel = store.open(blob)) {
      return Channels.newInputStream(channel).readAllBytes();
    }
  }

  private static Set<String> set(Stream<String> names) {
    try (names) {
      return names.collect(Collectors.toSet());
    }
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    for (int size : new int[] {0, 1, 65_535, 65_536, large()}) {
      byte[] bytes = bytes(size);
      String blob = stored(bytes);
      assertArrayEquals(bytes, read(blob));
      assertEquals(Set.of(blob), set(store.blobs()));
      assertEquals(Set.of(), set(store.uploads()));
      store.delete(blob);
      assertThrows(NoSuchFileException.class, () -> store.open(blob));
      store.delete(blob);
    }
    assertEquals(Set.of(), set(store.blobs()));
  }

  @Test
  void nobodySeesWhatIsNotComplete() throws IOException {
    String name = UUID.randomUUID().toString();
    try (BlobStore.Pending pending = store.begin(name)) {
      write(pending, bytes(large()));
      assertEquals(Set.of(), set(store.blobs()));
      assertEquals(Set.of(name), set(store.uploads()));
      assertThrows(NoSuchFileException.class, () -> store.open(name));
    }
    assertEquals(Set.of(), set(store.uploads()));
    assertEquals(Set.of(), set(store.blobs()));
  }

  @Test
  void whatOthersAbandonIsNotCompleted() throws IOException {
    String name = UUID.randomUUID().toString();
    String other = stored(bytes(10));
    try (BlobStore.Pending pending = store.begin(name)) {
      write(pending, bytes(large()));
      store.abandon(other);
      assertEquals(Set.of(name), set(store.uploads()));
      store.abandon(name);
      store.abandon(name);
      assertEquals(Set.of(), set(store.uploads()));
      assertThrows(IOException.class, pending::complete);
    }
    assertEquals(Set.of(other), set(store.blobs()));
    assertEquals(Set.of(), set(store.uploads()));
  }

  @Test
  void anyPartIsRead() throws IOException {
    byte[] bytes = bytes(large());
    String blob = stored(bytes);
    Random random = new Random(Seeds.of(BlobStoreContract.class));
    try (SeekableByteChannel channel = store.open(blob)) {
      assertEquals(bytes.length, channel.size());
      for (int i = 0; i < 20; i++) {
        int start = random.nextInt(bytes.length);
        int length = 1 + random.nextInt(Math.min(bytes.length - start, 1 << random.nextInt(22)));
        assertEquals(start, channel.position(start).position());
        ByteBuffer part = ByteBuffer.allocate(length);
        while (part.hasRemaining()) {
          assertTrue(channel.read(part) > 0);
        }
        assertArrayEquals(Arrays.copyOfRange(bytes, start, start + length), part.array());
        assertEquals(start + length, channel.position());
      }
      assertEquals(-1, channel.position(bytes.length).read(ByteBuffer.allocate(1)));
      assertEquals(-1, channel.position(bytes.length + 7L).read(ByteBuffer.allocate(1)));
      channel.close();
      assertFalse(channel.isOpen());
      assertThrows(ClosedChannelException.class, () -> channel.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void whoReadsMayReadToTheEnd() throws IOException {
    byte[] bytes = bytes(large());
    String blob = stored(bytes);
    try (SeekableByteChannel channel = store.open(blob)) {
      ByteBuffer all = ByteBuffer.allocate(bytes.length);
      all.limit(1000);
      assertTrue(channel.read(all) > 0);
      all.limit(all.capacity());
      store.delete(blob);
      while (all.hasRemaining() && channel.read(all) > 0) {
        // All of it.
      }
      assertArrayEquals(bytes, all.array());
    }
  }

  @Test
  void onlyUuidsAreNames() throws IOException {
    for (String name : new String[] {"", "..", "../x", "blobs/a", "a\0b"}) {
      assertThrows(IllegalArgumentException.class, () -> store.begin(name));
      assertThrows(IllegalArgumentException.class, () -> store.open(name));
      assertThrows(IllegalArgumentException.class, () -> store.delete(name));
      assertThrows(IllegalArgumentException.class, () -> store.abandon(name));
    }
    assertTrue(store.free() > 0);
  }
}
