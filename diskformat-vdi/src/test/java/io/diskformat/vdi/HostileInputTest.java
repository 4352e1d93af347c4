package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.HostileInputProof;
import io.diskformat.testing.HostileRun;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Every field and each kind of map entry set to every value that might hurt; and then bytes at
 * random.
 */
final class HostileInputTest extends HostileInputProof {
  private final Random random = new Random(1);

  HostileInputTest() {
    super(VDI);
  }

  @Override
  protected Class<? extends HostileRun.Structures> structures() {
    return VdiStructures.class;
  }

  @Override
  protected List<Path> images() throws IOException {
    List<Path> images = new ArrayList<>();
    images.add(write("dynamic", image(4096)));
    VdiFile usual = image(1 << 20);
    images.add(write("usual", usual));
    VdiFile tiny = image(512);
    tiny.headerSize = 384;
    tiny.mapAt = 500;
    tiny.dataAt = -1;
    tiny.blockExtra = 13;
    images.add(write("tiny", tiny));
    images.add(write("oldest", image(8192).version0()));
    VdiFile undo = image(8192);
    undo.type = VdiFile.UNDO;
    images.add(write("undo", undo));
    VdiFile fixed = new VdiFile(content(100_000 / 512 * 512), 32768, random);
    fixed.type = VdiFile.FIXED;
    fixed.mapAt = -4096;
    fixed.dataAt = -4096;
    fixed.cut = true;
    images.add(write("fixed", fixed));
    VdiFile parent = image(8192);
    parent.create = new java.util.UUID(1, 2);
    write("parent", parent);
    VdiFile child = image(4096).over(parent);
    images.add(write("child", child));
    return images;
  }

  private VdiFile image(int blockSize) {
    VdiFile file =
        new VdiFile(content(Math.min(2 * blockSize + 512, 20 * 4096)), blockSize, random);
    if (blockSize < 1 << 20) {
      file = new VdiFile(content(9 * blockSize + 512 * (blockSize / 1024)), blockSize, random);
      file.mapAt = -512;
      file.dataAt = -512;
    }
    for (int i = 0; i < file.blocks(); i++) {
      file.set(i, Block.values()[2 - i % 3]);
    }
    file.shuffled = true;
    return file;
  }

  private byte[] content(int size) {
    byte[] content = new byte[size];
    random.nextBytes(content);
    return content;
  }

  private Path write(String name, VdiFile file) throws IOException {
    return file.write(directory().resolve(name + ".vdi"));
  }
}
