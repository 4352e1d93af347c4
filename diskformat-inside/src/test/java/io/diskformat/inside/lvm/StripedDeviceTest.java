package io.diskformat.inside.lvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.inside.RecordedDevice;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A striped disk against an array of bytes, and its legs against what belongs on each. */
class StripedDeviceTest {
  private static final int STRIPES = 40;

  private static BlockDevice striped(List<RecordedDevice> legs, int stripe) {
    return new StripedDevice("striped", List.copyOf(legs), stripe);
  }

  private static List<RecordedDevice> legs(int count, int stripe) {
    List<RecordedDevice> legs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      legs.add(new RecordedDevice(new byte[STRIPES * stripe]));
    }
    return legs;
  }

  @ParameterizedTest
  @CsvSource({"2, 512", "3, 4096", "5, 1024"})
  void doesToEachLegWhatBelongsThere(int count, int stripe) throws IOException {
    Random random = new Random(Seeds.of(StripedDeviceTest.class, 1) + count);
    List<RecordedDevice> legs = legs(count, stripe);
    BlockDevice device = striped(legs, stripe);
    byte[] model = new byte[count * STRIPES * stripe];
    assertEquals(model.length, device.size());
    assertTrue(device.isWritable());
    for (int i = 0; i < 300; i++) {
      int at = random.nextInt(model.length + 1);
      int length = random.nextInt(Math.min(model.length - at, random.nextInt(8) * stripe + 1) + 1);
      byte[] bytes = new byte[length];
      switch (random.nextInt(4)) {
        case 0 -> {
          device.writeZeroes(at, length);
          Arrays.fill(model, at, at + length, (byte) 0);
        }
        case 1 -> {
          device.discard(at, length);
          Arrays.fill(model, at, at + length, (byte) 0);
        }
        default -> {
          random.nextBytes(bytes);
          device.write(at, bytes);
          System.arraycopy(bytes, 0, model, at, length);
        }
      }
      int from = random.nextInt(model.length + 1);
      byte[] read = new byte[random.nextInt(model.length - from + 1)];
      device.read(from, read);
      assertArrayEquals(Arrays.copyOfRange(model, from, from + read.length), read);
    }
    for (int at = 0; at < model.length; at += stripe) {
      int position = at / stripe / count * stripe;
      byte[] leg = legs.get(at / stripe % count).bytes();
      assertArrayEquals(
          Arrays.copyOfRange(model, at, at + stripe),
          Arrays.copyOfRange(leg, position, position + stripe));
    }
  }

  @Test
  void aFlushIsOneOfAllLegs() throws IOException {
    List<RecordedDevice> legs = legs(3, 512);
    BlockDevice device = striped(legs, 512);
    device.write(0, new byte[3 * 512]);
    device.flush();
    legs.forEach(leg -> assertEquals(1, leg.flushes()));
    device.write(512, new byte[512]);
    device.flush();
    assertEquals(List.of(1, 2, 1), legs.stream().map(RecordedDevice::flushes).toList());
  }

  @Test
  void whatIsPartlyReadIsNotWritten() throws IOException {
    RecordedDevice leg = new RecordedDevice(new byte[1024]);
    BlockDevice device =
        new StripedDevice("striped", List.of(leg, new MemoryDevice(new byte[1024])), 512);
    assertFalse(device.isWritable());
    assertThrows(UnsupportedOperationException.class, () -> device.write(0, new byte[100]));
    assertThrows(UnsupportedOperationException.class, () -> device.writeZeroes(0, 100));
    assertThrows(UnsupportedOperationException.class, () -> device.discard(0, 100));
    assertEquals(0, leg.writes());
    assertThrows(IndexOutOfBoundsException.class, () -> device.read(2000, new byte[100]));
    assertThrows(IndexOutOfBoundsException.class, () -> device.extents(2000, 100));
  }
}
