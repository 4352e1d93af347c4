package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.HostileInputProof;
import io.diskformat.testing.HostileRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Every field of every structure set to every value that might hurt; and then bytes at random. */
final class HostileInputTest extends HostileInputProof {
  HostileInputTest() {
    super(QCOW2);
  }

  @Override
  protected List<Path> images() throws IOException {
    return new HostileImages(directory()).all();
  }

  /** The numbers of rounds of LUKS say how long to compute a key. */
  @Override
  protected List<Path> imagesForFields() throws IOException {
    return new EncryptedHostileImages(directory()).all();
  }

  @Override
  protected List<Path> bombs() throws IOException {
    return new Bombs(directory()).all();
  }

  @Override
  protected Class<? extends HostileRun.Structures> structures() {
    return ImageLayout.class;
  }
}
