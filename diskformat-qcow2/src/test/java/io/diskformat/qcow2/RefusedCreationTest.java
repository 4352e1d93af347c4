package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.CreateOptions;
import io.diskformat.testing.RefusedCreationProof;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** A file that can be written only in place loses its content to nothing that is refused. */
final class RefusedCreationTest extends RefusedCreationProof {
  RefusedCreationTest() {
    super(QCOW2);
  }

  @Override
  protected List<Refusal> refusals() {
    CreateOptions options = CreateOptions.format("qcow2");
    return List.of(
        new Refusal(
            "a disk that is too large",
            IllegalArgumentException.class,
            "",
            options.option("cluster_size", "512").size(1L << 40)),
        new Refusal(
            "a data file in no directory",
            NoSuchFileException.class,
            "none",
            options.option("data_file", "none/data").size(512)),
        new Refusal(
            "a format of a backing file that is not named",
            IllegalArgumentException.class,
            "disk.img: option backing_fmt needs backing_file",
            options.option("backing_fmt", "raw").size(512)));
  }
}
