package io.diskformat.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageClosedException;
import io.diskformat.OpenOptions;
import io.diskformat.storage.MemoryStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DeviceChannelTest {
  @TempDir Path directory;

  private static DiskImage disk(byte[] content) throws IOException {
    return DiskImages.open(MemoryStorage.of("disk", content), OpenOptions.writable().format("raw"));
  }

  private static byte[] random(int length, Random random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  void doesAsAnArrayWithAPositionWould(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] model = random(512 * random.nextInt(20), random);
    long position = 0;
    try (DiskImage disk = disk(model)) {
      DeviceChannel channel = DeviceChannel.of(disk);
      for (int i = 0; i < 50; i++) {
        ByteBuffer buffer = buffer(random);
        int before = buffer.position();
        int limit = buffer.limit();
        int fits = Math.clamp(model.length - position, 0, buffer.remaining());
        switch (random.nextInt(4)) {
          case 0 -> {
            position = random.nextInt(model.length + 1000);
            assertSame(channel, channel.position(position));
          }
          case 1 -> {
            position = Math.min(position, model.length + 5);
            assertSame(channel, channel.truncate(model.length + 5));
          }
          case 2 -> {
            int n = channel.read(buffer);
            assertEquals(position >= model.length && before < limit ? -1 : fits, n);
            byte[] found = new byte[fits];
            buffer.get(before, found);
            int from = (int) Math.min(position, model.length);
            assertArrayEquals(Arrays.copyOfRange(model, from, from + fits), found);
            assertEquals(before + fits, buffer.position());
            position += fits;
          }
          default -> {
            if (fits == 0 && before < limit) {
              assertThrows(IOException.class, () -> channel.write(buffer));
            } else {
              assertEquals(fits, channel.write(buffer));
              buffer.get(before, model, (int) Math.min(position, model.length), fits);
            }
            assertEquals(before + fits, buffer.position());
            position += fits;
          }
        }
        assertEquals(limit, buffer.limit());
        assertEquals(position, channel.position());
        assertEquals(model.length, channel.size());
      }
      byte[] found = new byte[model.length];
      disk.read(0, found);
      assertArrayEquals(model, found);
    }
  }

  private static ByteBuffer buffer(Random random) {
    int capacity = random.nextInt(3000);
    ByteBuffer buffer =
        random.nextBoolean() ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity);
    buffer.put(0, random(capacity, random));
    buffer.limit(random.nextInt(capacity + 1));
    buffer.position(random.nextInt(buffer.limit() + 1));
    return random.nextBoolean() ? buffer.slice() : buffer;
  }

  @Test
  void worksWithTheStreamsOfTheJdk() throws IOException {
    byte[] content = random(100 * 512, new Random(1));
    try (DiskImage disk = disk(content)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Channels.newInputStream(DeviceChannel.of(disk)).transferTo(out);
      assertArrayEquals(content, out.toByteArray());
    }
  }

  @Test
  void closingLeavesTheDeviceOpen() throws IOException {
    try (DiskImage disk = disk(new byte[512])) {
      DeviceChannel channel = DeviceChannel.of(disk);
      assertTrue(channel.isOpen());
      channel.close();
      channel.close();
      assertFalse(channel.isOpen());
      ByteBuffer buffer = ByteBuffer.allocate(1);
      assertThrows(ClosedChannelException.class, () -> channel.read(buffer));
      assertThrows(ClosedChannelException.class, () -> channel.write(buffer));
      assertThrows(ClosedChannelException.class, channel::position);
      assertThrows(ClosedChannelException.class, () -> channel.position(0));
      assertThrows(ClosedChannelException.class, channel::size);
      assertThrows(ClosedChannelException.class, () -> channel.truncate(512));
      disk.read(0, new byte[512]);
    }
  }

  @Test
  void closedDeviceIsTold() throws IOException {
    DiskImage disk = disk(new byte[512]);
    DeviceChannel channel = DeviceChannel.of(disk);
    disk.close();
    assertThrows(ImageClosedException.class, () -> channel.read(ByteBuffer.allocate(1)));
  }

  @Test
  void readOnlyDeviceIsNotWritten() throws IOException {
    Path path = Files.write(directory.resolve("disk.raw"), new byte[512]);
    try (DiskImage disk = DiskImages.open(path)) {
      DeviceChannel channel = DeviceChannel.of(disk);
      assertThrows(NonWritableChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
      assertThrows(NonWritableChannelException.class, () -> channel.truncate(0));
    }
  }

  @Test
  void sizeOfTheDiskStays() throws IOException {
    try (DiskImage disk = disk(new byte[512])) {
      DeviceChannel channel = DeviceChannel.of(disk).position(600);
      assertThrows(UnsupportedOperationException.class, () -> channel.truncate(511));
      assertThrows(IllegalArgumentException.class, () -> channel.truncate(-1));
      assertThrows(IllegalArgumentException.class, () -> channel.position(-1));
      IOException e = assertThrows(IOException.class, () -> channel.write(ByteBuffer.allocate(1)));
      assertEquals("disk: the disk ends at 512 bytes", e.getMessage());
      assertEquals(600, channel.position());
      assertEquals(0, channel.write(ByteBuffer.allocate(0)));
    }
  }

  @Test
  void failedReadLeavesBufferAndPositionAlone() throws IOException {
    DiskImage disk = disk(new byte[512]);
    DeviceChannel channel = DeviceChannel.of(disk).position(10);
    disk.close();
    ByteBuffer buffer = ByteBuffer.allocate(1000).position(3);
    assertThrows(IOException.class, () -> channel.read(buffer));
    assertEquals(3, buffer.position());
    assertEquals(1000, buffer.limit());
    assertEquals(10, channel.position());
  }
}
