package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.inside.Disk;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;

/** A verb that looks into the disks of a guest. */
abstract class GuestVerb extends ReadingVerb {
  private final Argument images =
      options("IMAGE", "An image. Several are the disks of one guest.", "-a", "--add");

  GuestVerb(String name, String description) {
    super(name, description);
  }

  @Override
  final int run(Terminal terminal) throws IOException {
    List<String> names = images.values();
    if (names.isEmpty()) {
      throw new IllegalArgumentException("-a IMAGE is missing");
    }
    List<BlockDevice> opened = new ArrayList<>();
    try {
      for (String name : names) {
        opened.add(open(image(name, format())));
      }
      return act(terminal, Disk.of(opened.toArray(BlockDevice[]::new)));
    } catch (FileSystemException e) {
      throw names.contains(e.getFile()) ? e : PathErrors.inside(names.getFirst(), e);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } finally {
      for (BlockDevice image : opened) {
        image.close();
      }
    }
  }

  /** Does what the verb says, and returns the exit status. */
  abstract int act(Terminal terminal, Disk disk) throws IOException;
}
