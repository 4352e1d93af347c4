package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The states that a crash may leave, as the tests of edits make them. */
class RecordedDeviceTest {
  private static final int SECTOR = RecordedDevice.SECTOR;

  /** Three sectors of which the first two are written, then, after a flush, the last. */
  private static RecordedDevice device() throws IOException {
    RecordedDevice device = new RecordedDevice(new byte[3 * SECTOR]);
    device.write(0, filled(2 * SECTOR, 1));
    device.flush();
    device.flush();
    device.write(2 * SECTOR, filled(SECTOR, 2));
    device.flush();
    return device;
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static String shown(byte[] image) {
    return "" + image[0] + image[SECTOR] + image[2 * SECTOR];
  }

  private static Set<String> subsets(RecordedDevice device) throws IOException {
    Set<String> states = new HashSet<>();
    device.subsets(new Random(1), 100, (_, image) -> states.add(shown(image)));
    return states;
  }

  @Test
  void prefixesAreOfWholeWrites() throws IOException {
    List<String> states = new ArrayList<>();
    device().prefixes((_, image) -> states.add(shown(image)));
    assertEquals(List.of("000", "110", "112"), states);
  }

  @Test
  void sectorsAreLostBetweenTwoFlushesAlone() throws IOException {
    assertEquals(Set.of("000", "010", "100", "110", "112"), subsets(device()));
  }

  @Test
  void withoutAFlushAnySectorIsLost() throws IOException {
    RecordedDevice device = device();
    assertEquals(2, device.flushes());
    assertEquals(8, subsets(device.without(0)).size());
    assertArrayEquals(device.bytes(), device.without(0).bytes());
  }

  @Test
  void aSectorThatIsWrittenTwiceMayHaveWhatWasFirst() throws IOException {
    RecordedDevice device = new RecordedDevice(new byte[3 * SECTOR]);
    device.write(0, filled(SECTOR, 1));
    device.write(0, filled(SECTOR, 2));
    assertEquals(Set.of("000", "100", "200"), subsets(device));
    assertEquals(2, device.writes());
    assertTrue(device.flushes() == 0);
  }
}
