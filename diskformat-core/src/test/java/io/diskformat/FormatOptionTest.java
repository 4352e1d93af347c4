package io.diskformat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.spi.CommonOptions;
import io.diskformat.spi.CommonOptions.Preallocation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatOptionTest {
  private static final FormatOption SIZE =
      FormatOption.size("cluster_size", "What is allocated at once", 65536, 512, 2 << 20);
  private static final FormatOption FLAG = FormatOption.flag("lazy", "Late");
  private static final FormatOption CHOICE =
      FormatOption.choice("preallocation", "At once", "off", "off", "falloc", "full");
  private static final FormatOption TEXT = FormatOption.text("backing_file", "Below");
  private static final FormatOption ID = FormatOption.uuid("uuid", "Known by");

  private static CreateOptions with(FormatOption option, String value) {
    return CreateOptions.format("any").option(option.name(), value);
  }

  @Test
  void readsDefaultsWhereNothingWasGiven() {
    CreateOptions none = CreateOptions.format("any");
    assertEquals(65536, SIZE.bytesIn(none));
    assertEquals(Optional.of("64k"), SIZE.defaultValue());
    assertFalse(FLAG.isOnIn(none));
    assertEquals("off", CHOICE.in(none));
    assertEquals(Optional.empty(), TEXT.textIn(none));
    assertEquals(Optional.empty(), TEXT.defaultValue());
    assertEquals(Optional.empty(), ID.uuidIn(none));
  }

  /** As qemu-img 7.2 reads them. */
  @ParameterizedTest
  @CsvSource({
    "512, 512",
    "512b, 512",
    "64k, 65536",
    "64K, 65536",
    "0.5M, 524288",
    "2M, 2097152",
    "0x10000, 65536",
    "0X200, 512",
    "2.k, 2048",
    "0.001953125M, 2048"
  })
  void readsSizes(String text, long bytes) {
    assertEquals(bytes, SIZE.bytesIn(with(SIZE, text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "k",
        "3k",
        "256",
        "4M",
        "-512",
        "+512",
        "1e3",
        "64kB",
        "64 k",
        "512.0",
        "0x",
        "0x200k",
        "99999999999999999999",
        "9999999999E",
        "9223372036854775808",
        "1.2.3k",
        "\u0665\u0661\u0662"
      })
  void refusesWhatIsNoPowerOfTwoWithinTheBounds(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> SIZE.bytesIn(with(SIZE, text)));
    assertEquals(
        "option cluster_size must be a power of two from 512 to 2M, not \"" + text + "\"",
        e.getMessage());
  }

  @Test
  void readsFlags() {
    for (String on : new String[] {"on", "yes", "true", "y", "ON"}) {
      assertTrue(FLAG.isOnIn(with(FLAG, on)), on);
    }
    for (String off : new String[] {"off", "no", "false", "n", "Off"}) {
      assertFalse(FLAG.isOnIn(with(FLAG, off)), off);
    }
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> FLAG.isOnIn(with(FLAG, "1")));
    assertEquals("option lazy must be on or off, not \"1\"", e.getMessage());
  }

  @Test
  void readsOtherTypes() {
    assertEquals("full", CHOICE.in(with(CHOICE, "full")));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> CHOICE.in(with(CHOICE, "FULL")));
    assertEquals("option preallocation must be off, falloc or full, not \"FULL\"", e.getMessage());
    assertEquals(Optional.of("x"), TEXT.textIn(with(TEXT, "x")));
    assertEquals(Optional.empty(), TEXT.textIn(with(TEXT, "")));
    UUID uuid = UUID.fromString("01234567-89ab-cdef-0123-456789ABCDEF");
    assertEquals(Optional.of(uuid), ID.uuidIn(with(ID, uuid.toString())));
    assertThrows(IllegalArgumentException.class, () -> ID.uuidIn(with(ID, "1-2-3-4-5")));
    assertThrows(
        IllegalArgumentException.class, () -> FormatOption.choice("a", "b", "none", "x", "y"));
  }

  @Test
  void readsConstants() {
    FormatOption option = CommonOptions.preallocation(Preallocation.FULL);
    assertEquals("preallocation=<str>", option.toString());
    assertEquals("off or full", option.allowed());
    assertEquals(Preallocation.OFF, option.in(CreateOptions.format("any"), Preallocation.class));
    assertEquals(Preallocation.FULL, option.in(with(option, "full"), Preallocation.class));
    for (String value : new String[] {"falloc", "FULL", ""}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> option.in(with(option, value), Preallocation.class));
    }
  }

  /** A text of that length would take seconds to become a number. */
  @Test
  void refusesALongTextAtOnce() {
    String digits = "9".repeat(1 << 20);
    for (String text : List.of(digits, "0x" + digits, "0." + digits + "k")) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> SizeText.parse(text, "size"));
      assertTrue(e.getMessage().contains("is no number of bytes"));
    }
  }

  @Test
  void whatIsRefusedIsNamedAndNothingIsMade(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("new.img");
    CreateOptions raw = CreateOptions.format("raw").size(512);
    String[][] cases = {
      {"cluster_size", "64k", "raw has no option \"cluster_size\", only preallocation"},
      {"preallocation", "x", "option preallocation must be off, falloc or full, not \"x\""},
      {
        "nocow",
        "on",
        "option nocow of QEMU is not supported: whether the host copies on write is set on the"
            + " directory, by chattr +C"
      },
      {
        "encryption",
        "on",
        "option encryption of QEMU is not supported: such images are only read; use"
            + " encrypt.format=luks"
      },
      {"encrypt.format", "luks", "raw has no option \"encrypt.format\", only preallocation"},
    };
    for (String[] one : cases) {
      CreateOptions options = raw.option(one[0], one[1]);
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> DiskImages.create(path, options));
      assertEquals(path + ": " + one[2], e.getMessage());
      e =
          assertThrows(
              IllegalArgumentException.class, () -> DiskImages.create(path, options, image -> {}));
      assertEquals(path + ": " + one[2], e.getMessage());
    }
    try (var files = Files.list(directory)) {
      assertEquals(0, files.count());
    }
    assertEquals("preallocation", DiskImages.options("RAW").getFirst().name());
    assertThrows(UnrecognizedFormatException.class, () -> DiskImages.options("nonesuch"));
  }
}
