package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.CreateOptions;
import io.diskformat.testing.RefusedCreationProof;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** A file that can be written only in place loses its content to nothing that is refused. */
final class RefusedCreationTest extends RefusedCreationProof {
  /** The map of one block less would end where the header can still say that data begins. */
  private static final long MOST = (4094L << 20) / 4 << 20;

  RefusedCreationTest() {
    super(VDI);
  }

  @Override
  protected List<Refusal> refusals() {
    CreateOptions options = CreateOptions.format("vdi");
    return List.of(
        new Refusal(
            "a parent that is not there",
            NoSuchFileException.class,
            "none",
            options.option("backing_file", "none").option("backing_fmt", "vdi").size(512)),
        new Refusal(
            "a disk that is too large", IllegalArgumentException.class, "", options.size(1L << 60)),
        new Refusal(
            "a disk that is a little too large",
            IllegalArgumentException.class,
            "disk.img: a disk of " + (MOST + 512),
            options.size(MOST + 512)),
        new Refusal(
            "a format of a backing file that is not named",
            IllegalArgumentException.class,
            "disk.img: option backing_fmt needs backing_file",
            options.option("backing_fmt", "vdi").size(512)));
  }
}
