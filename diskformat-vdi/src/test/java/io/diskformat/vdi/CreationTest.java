package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** New images. */
final class CreationTest {
  private static final long SIZE = (3 << 20) + 512;
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  private Path create(Map<String, String> options) throws IOException {
    Path path = directory.resolve("disk.vdi");
    CreateOptions create = CreateOptions.format("vdi").size(SIZE).replaceExisting();
    for (Map.Entry<String, String> option : options.entrySet()) {
      create = create.option(option.getKey(), option.getValue());
    }
    DiskImages.create(path, create);
    return path;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "static=off",
        "static=on",
        "preallocation=off",
        "preallocation=metadata",
        "preallocation=falloc",
        "preallocation=full"
      })
  void qemuFindsNothingWrong(String option) throws IOException {
    String[] named = option.split("=");
    Path path = create(Map.of(named[0], named[1]));
    boolean fixed = !named[1].equals("off");
    try (DiskImage image = DiskImages.open(path)) {
      assertEquals(fixed ? "fixed" : "dynamic", image.info().details().get("type"));
      assertEquals(SIZE, image.size());
    }
    assertEquals(fixed ? 6 * MIB : 2 * MIB, Files.size(path));
    Oracle.qemuImg("check", "-f", "vdi", path).orFail();
    Path raw = directory.resolve("zeroes.raw");
    Files.write(raw, new byte[(int) SIZE]);
    Oracle.qemuImg("compare", "-f", "vdi", "-F", "raw", path, raw).orFail();
  }

  /** VirtualBox begins both the map and the data at a whole MiB. */
  @Test
  void isLaidOutAsVirtualBoxDoes() throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(create(Map.of()))).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0xbeda107f, bytes.getInt(64));
    assertEquals(400, bytes.getInt(72));
    assertEquals(MIB, bytes.getInt(340));
    assertEquals(2 * MIB, bytes.getInt(344));
    assertEquals(SIZE, bytes.getLong(368));
    assertEquals(4, bytes.getInt(384));
    assertEquals(0, bytes.getInt(388));
  }

  @Test
  void hasTheUuidsThatAreGiven() throws IOException {
    String uuid = "00112233-4455-6677-8899-aabbccddeeff";
    String modification = "ffeeddcc-bbaa-9988-7766-554433221100";
    Path path = create(Map.of("uuid", uuid, "modification_uuid", modification));
    try (DiskImage image = DiskImages.open(path)) {
      assertEquals(uuid, image.info().details().get("uuid"));
      assertEquals(modification, image.info().details().get("modification-uuid"));
    }
    // As Microsoft's GUIDs are: the first three parts have their lowest byte first.
    byte[] header = Files.readAllBytes(path);
    assertEquals(0x33, header[392]);
    assertEquals(0x55, header[396]);
    assertEquals(0x77, header[398]);
    assertEquals((byte) 0x88, header[400]);
  }

  @Test
  void theFirstWriteChangesTheModificationAndOpeningDoesNot() throws IOException {
    Path path = create(Map.of());
    OpenOptions writable = OpenOptions.writable().format("vdi");
    Object before;
    Object opened;
    Object written;
    try (DiskImage image = DiskImages.open(path, writable)) {
      before = image.info().details().get("modification-uuid");
    }
    try (DiskImage image = DiskImages.open(path, writable)) {
      opened = image.info().details().get("modification-uuid");
      image.write(0, new byte[] {1});
      written = image.info().details().get("modification-uuid");
      image.write(MIB, new byte[] {1});
      assertEquals(written, image.info().details().get("modification-uuid"));
    }
    assertEquals(before, opened);
    assertTrue(!before.equals(written), "changed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "block_size=3000",
        "block_size=2k",
        "block_size=128M",
        "block_size=99999999999999999999",
        "block_size=",
        "static=maybe",
        "preallocation=some",
        "uuid=1-2-3",
        "uuid=00000000-0000-0000-0000-000000000000",
        "cluster_size=64k"
      })
  void refusesOptionsThatMakeNoSense(String option) {
    String[] named = option.split("=", 2);
    assertThrows(IllegalArgumentException.class, () -> create(Map.of(named[0], named[1])));
  }

  @Test
  void whatIsNotCreatedIsNotMeasured() {
    CreateOptions options =
        CreateOptions.format("vdi")
            .size(1 << 20)
            .option("uuid", "00000000-0000-0000-0000-000000000000");
    var e = assertThrows(IllegalArgumentException.class, () -> DiskImages.measure(options));
    assertTrue(String.valueOf(e.getMessage()).endsWith("must not be all zeroes"), e::toString);
  }
}
