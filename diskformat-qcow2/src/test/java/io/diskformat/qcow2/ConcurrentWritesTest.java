package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.ConcurrentWrites;
import io.diskformat.testing.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writers, readers, and a flusher at once. */
final class ConcurrentWritesTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=4096",
        "cluster_size=4096,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=16384,extended_l2=on",
        "cluster_size=16384,extended_l2=on,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=512"
      })
  void eachSectorIsLinearizable(String options) throws Exception {
    Path file = directory.resolve("image.qcow2");
    Files.write(directory.resolve("base.raw"), new byte[ConcurrentWrites.SIZE]);
    CreateOptions create = CreateOptions.format("qcow2").size(ConcurrentWrites.SIZE);
    for (String option : options.split(",")) {
      create = create.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(file, create);
    OpenOptions writable =
        OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory());
    try (DiskImage disk = DiskImages.open(file, writable)) {
      new ConcurrentWrites().run(disk, Seeds.of(getClass()));
    }
    try (Storage storage = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks());
    }
  }
}
