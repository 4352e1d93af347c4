package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.HookedFiles;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** New images are as QEMU makes them, and appear whole or not at all. */
final class CreateTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path directory;

  private Path at(String name) {
    return directory.resolve(name);
  }

  private static CreateOptions options(String... named) {
    CreateOptions options = CreateOptions.format("vmdk");
    for (String option : named) {
      String[] parts = option.split("=", 2);
      options = options.option(parts[0], parts[1]);
    }
    return options;
  }

  private Map<String, byte[]> files(String prefix) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith(prefix)) {
          long size = Files.size(file);
          assertTrue(size <= 2 * GIB, name);
          files.put(name, size > 1 << 24 ? new byte[] {1} : Files.readAllBytes(file));
        }
      }
    }
    return files;
  }

  /** Byte for byte, but for the number of the content. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "5G; subformat=monolithicSparse",
        "1M; subformat=monolithicSparse,zeroed_grain=on,compat6=on",
        "512; subformat=monolithicSparse,hwversion=13,toolsversion=10",
        "1300M; subformat=monolithicSparse,adapter_type=lsilogic",
        "700G; subformat=monolithicSparse,adapter_type=legacyESX",
        "5G; subformat=twoGbMaxExtentSparse",
        "2G; subformat=twoGbMaxExtentSparse,zeroed_grain=on,adapter_type=buslogic",
        "3M; subformat=monolithicFlat",
        "4097M; subformat=twoGbMaxExtentFlat",
        "100M; subformat=twoGbMaxExtentFlat,compat6=on"
      })
  void asQemuMakesIt(String size, String named) throws IOException {
    Oracle.qemuImg("create", "-f", "vmdk", "-o", named, at("x.vmdk"), size).orFail();
    Map<String, byte[]> theirs = files("x");
    for (String name : theirs.keySet()) {
      Files.delete(at(name));
    }
    long bytes = io.diskformat.SizeText.parse(size, "size");
    DiskImages.create(at("x.vmdk"), options(named.split(",")).size(bytes));
    Map<String, byte[]> ours = files("x");
    assertEquals(theirs.keySet(), ours.keySet());
    ours.forEach((name, content) -> assertEquals(plain(theirs.get(name)), plain(content), name));
    Oracle.qemuImg("check", "-f", "vmdk", at("x.vmdk"));
  }

  private static String plain(byte[] file) {
    byte[] compared = file.clone();
    if (file.length > 1 << 12 && file[512] == 0) {
      // Of an extent without a descriptor, QEMU's header says that there is one, and it is zeroes.
      Arrays.fill(compared, 28, 44, (byte) 0);
    }
    String text = new String(compared, StandardCharsets.ISO_8859_1);
    // QEMU writes fewer digits where it can, and what follows in a file is the less padded.
    String named = text.replaceFirst("\nCID=[0-9a-f]{1,8}\n", "\nCID=x\n");
    return named.replaceAll("\0+", "\0");
  }

  @ParameterizedTest
  @EnumSource(Subformat.class)
  void readsAsZeroes(Subformat subformat) throws IOException {
    for (int size : new int[] {0, 512, (5 << 20) + 512}) {
      CreateOptions options = options("subformat=" + subformat.text);
      DiskImages.create(at("disk.vmdk"), options.size(size).replaceExisting());
      Images.assertShows(new byte[size], at("disk.vmdk"));
      if (size > 0) {
        Path raw = Files.write(at("x.raw"), new byte[size]);
        Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, at("disk.vmdk")).orFail();
        Oracle.qemuImg("check", "-f", "vmdk", at("disk.vmdk"));
        // libvmdk reads a COWD extent over a parent alone.
        if (subformat != Subformat.VMFS_SPARSE) {
          byte[] read = Extracted.byLibvmdk(at("disk.vmdk"), at("out"));
          assertArrayEquals(new byte[size], read);
        }
      }
    }
  }

  /** Random options: what is refused leaves nothing, what is made is what QEMU reads. */
  @Test
  void anyOptions() throws IOException {
    Random random = new Random(Seeds.of(CreateTest.class, 1));
    DiskImages.create(at("base.vmdk"), options().size(3 << 20));
    for (int i = 0; i < 30; i++) {
      Subformat subformat = Subformat.values()[random.nextInt(Subformat.values().length)];
      CreateOptions options = options("subformat=" + subformat.text);
      AdapterType adapter = AdapterType.values()[random.nextInt(AdapterType.values().length)];
      options = options.option("adapter_type", adapter.text);
      boolean zeroed = random.nextInt(3) == 0;
      if (zeroed) {
        options = options.option("zeroed_grain", "on");
      }
      boolean child = random.nextInt(3) == 0;
      if (child) {
        options = options.option("backing_file", "base.vmdk").option("backing_fmt", "vmdk");
      }
      long size = random.nextInt(1 << 14) * 512L;
      Path file = at("n" + i + ".vmdk");
      boolean hosted = subformat.type == ExtentType.SPARSE && !subformat.isStream();
      boolean allowed =
          (!zeroed || hosted) && (!child || hosted || subformat == Subformat.VMFS_SPARSE);
      CreateOptions tried = options.size(size);
      if (!allowed) {
        assertThrows(IllegalArgumentException.class, () -> DiskImages.create(file, tried));
        assertEquals(Map.of(), files("n"));
        continue;
      }
      DiskImages.create(file, tried);
      try (DiskImage image = DiskImages.open(file, Images.READ_ONLY)) {
        assertEquals(child && size == 0 ? 3 << 20 : size, image.size());
      }
      if (size > 0) {
        Oracle.Result info = Oracle.qemuImg("info", "--output=json", file).orFail();
        assertTrue(info.output().contains("\"virtual-size\": " + size), info.output());
        assertTrue(info.output().contains("\"" + subformat.text + "\""), info.output());
      }
      for (String name : files("n").keySet()) {
        Files.delete(at(name));
      }
    }
  }

  @Test
  void aDifference() throws IOException {
    Disk below = Disk.mixed(1, 4000, 128, Disk.Grain.STORED, Disk.Grain.HOLE);
    new SparseFile(below).described().build().write(at("base.vmdk"));
    for (String subformat : List.of("monolithicSparse", "twoGbMaxExtentSparse", "vmfsSparse")) {
      CreateOptions options =
          options("subformat=" + subformat, "backing_file=base.vmdk", "backing_fmt=vmdk");
      Path file = at("child-" + subformat + ".vmdk");
      DiskImages.create(file, options);
      Images.assertShows(below.content, file);
      Oracle.qemuImg("compare", "-f", "vmdk", "-F", "vmdk", at("base.vmdk"), file).orFail();
      assertThrows(
          IllegalArgumentException.class,
          () ->
              DiskImages.create(
                  at("base.vmdk"),
                  options.replaceExisting().option("backing_file", "./base.vmdk")));
    }
    CreateOptions missing = options("backing_file=none.vmdk", "backing_fmt=vmdk");
    assertThrows(NoSuchFileException.class, () -> DiskImages.create(at("y.vmdk"), missing));
    assertThrows(
        IllegalArgumentException.class,
        () -> DiskImages.create(at("y.vmdk"), options("backing_file=x.raw", "backing_fmt=raw")));
    assertEquals(Map.of(), files("y"));
  }

  /** An extent must not take the place of the image that it is a difference to. */
  @Test
  void noExtentReplacesTheParent() throws IOException {
    DiskImages.create(at("x-s001.vmdk"), options().size(1 << 20));
    byte[] before = Files.readAllBytes(at("x-s001.vmdk"));
    CreateOptions options =
        options("subformat=twoGbMaxExtentSparse", "backing_file=x-s001.vmdk", "backing_fmt=vmdk");
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> DiskImages.create(at("x.vmdk"), options.replaceExisting()))
            .getMessage();
    assertTrue(message.contains("one file as backing file and \"x-s001.vmdk\""), message);
    assertArrayEquals(before, Files.readAllBytes(at("x-s001.vmdk")));
    assertFalse(Files.exists(at("x.vmdk")));
  }

  @Test
  void namesThatCannotBeRecorded() throws IOException {
    for (String name : List.of("a\"b.vmdk", "a\nb.vmdk", "a:b.vmdk")) {
      CreateOptions flat = options("subformat=monolithicFlat").size(1 << 20);
      assertThrows(IllegalArgumentException.class, () -> DiskImages.create(at(name), flat), name);
    }
    CreateOptions child = options("backing_file=a\"b.vmdk", "backing_fmt=vmdk");
    assertThrows(IllegalArgumentException.class, () -> DiskImages.create(at("x.vmdk"), child));
    assertEquals(Map.of(), files(""));
    for (String name : List.of("no extension", "ein \u00dcbermaß.vmdk", "a,b'c.d.vmdk")) {
      DiskImages.create(at(name), options("subformat=twoGbMaxExtentFlat").size(1 << 20));
      Images.assertShows(new byte[1 << 20], at(name));
      Oracle.qemuImg("info", at(name)).orFail();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hwversion=x",
        "toolsversion=1\"",
        "compat6=on,hwversion=7",
        "subformat=MonolithicSparse",
        "adapter_type=pvscsi",
        "zeroed_grain=maybe",
        "subformat=vmfs,zeroed_grain=on"
      })
  void optionsThatMakeNoSense(String named) {
    assertThrows(
        IllegalArgumentException.class,
        () -> DiskImages.create(at("x.vmdk"), options(named.split(",")).size(512)));
    assertFalse(Files.exists(at("x.vmdk")));
  }

  @Test
  void sizesThatAreTooLarge() {
    Map<String, Long> most =
        Map.of(
            "monolithicSparse", 2048 * GIB,
            "vmfsSparse", 2048 * GIB - 512,
            "twoGbMaxExtentFlat", 8192 * GIB);
    most.forEach((subformat, size) ->
        assertThrows(
            IllegalArgumentException.class,
            () ->
                DiskImages.create(
                    at("x.vmdk"), options("subformat=" + subformat).size(size + 512))));
    assertFalse(Files.exists(at("x.vmdk")));
  }

  @Test
  void inAStorageOnlyOneFileCanBe() throws IOException {
    try (MemoryStorage storage = new MemoryStorage("mem")) {
      DiskImages.create(storage, options().size(1 << 20));
      assertTrue(storage.size() > 0);
    }
    try (MemoryStorage storage = new MemoryStorage("mem")) {
      CreateOptions flat = options("subformat=monolithicFlat").size(1 << 20);
      assertThrows(IllegalArgumentException.class, () -> DiskImages.create(storage, flat));
    }
  }

  /** What is there is not touched unless that is wanted, by none of the files. */
  @Test
  void anExtentThatIsThereIsNotReplaced() throws IOException {
    Files.write(at("x-f002.vmdk"), new byte[] {1, 2, 3});
    CreateOptions options = options("subformat=twoGbMaxExtentFlat").size(5 * GIB);
    assertThrows(FileAlreadyExistsException.class, () -> DiskImages.create(at("x.vmdk"), options));
    assertEquals(List.of("x-f002.vmdk"), List.copyOf(files("").keySet()));
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(at("x-f002.vmdk")));
  }

  /**
   * Each operation on the host's files fails in turn: all files of the image are there, or none of
   * them, and what was there before is as it was.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void allFilesAppearTogetherOrNone(boolean replace) throws IOException {
    CreateOptions options =
        options("subformat=twoGbMaxExtentSparse").size(3 * GIB).replaceExisting();
    int failed = 0;
    for (int fatal = 0; ; fatal++) {
      for (String name : files("").keySet()) {
        Files.delete(at(name));
      }
      if (replace) {
        for (String name : List.of("x.vmdk", "x-s001.vmdk", "x-s002.vmdk")) {
          Files.writeString(at(name), "old " + name);
        }
      }
      Map<String, byte[]> before = files("");
      HookedFiles hooked = new HookedFiles();
      AtomicInteger left = new AtomicInteger(fatal);
      hooked.hook((operation, done) -> {
        if (!operation.startsWith("delete") && left.getAndDecrement() == 0) {
          throw new IOException("on purpose: " + operation);
        }
      });
      boolean made = true;
      try {
        DiskImages.create(hooked.path(at("x.vmdk")), options);
      } catch (IOException e) {
        made = false;
        failed++;
      }
      Map<String, byte[]> after = files("");
      if (made) {
        assertEquals(3, after.size(), after.keySet().toString());
        try (DiskImage image = DiskImages.open(at("x.vmdk"), Images.READ_ONLY)) {
          assertEquals(3 * GIB, image.size());
        }
        for (String name : List.of("x.vmdk", "x-s001.vmdk", "x-s002.vmdk")) {
          assertTrue(Files.size(at(name)) > 100, name);
        }
      } else {
        assertEquals(before.keySet(), after.keySet(), "operation " + fatal);
        before.forEach((name, content) -> assertArrayEquals(content, after.get(name), name));
      }
      if (left.get() >= 0) {
        break;
      }
    }
    assertTrue(failed > 10, failed + " failures");
  }
}
