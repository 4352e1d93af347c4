package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.WriteFailures;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes to qcow2 images that fail. */
final class WriteFailureTest extends WriteFailures {
  WriteFailureTest() {
    super("qcow2");
  }

  @Override
  protected void create(Storage storage, String options) throws IOException {
    CreateOptions create = CreateOptions.format("qcow2").size(SIZE);
    for (String option : options.split(",")) {
      create = create.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(storage, create);
  }

  @Override
  protected String problem(Storage image) throws IOException {
    RefcountAudit audit = RefcountAudit.of(image);
    return audit.corruption().isEmpty() && audit.leaks() == 0
        ? ""
        : audit.leaks() + " leaks, and corrupt:" + audit.corruption();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=512",
        "cluster_size=4096",
        "cluster_size=65536",
        "cluster_size=16384,extended_l2=on",
        "cluster_size=512,refcount_bits=64"
      })
  void aFullDiskIsAnExceptionAndWritingGoesOnOnceThereIsRoom(String options) throws IOException {
    fillTheDisk(options);
  }

  @Test
  void aBrokenDiskLosesNothingThatWasFlushed() throws IOException {
    breakTheDisk("cluster_size=4096");
  }
}
