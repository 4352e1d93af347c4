package io.diskformat.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.OpenOptions;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an image has open is closed whole and in order, whatever fails. */
final class ImageFilesTest {
  private final List<String> closed = new ArrayList<>();

  /** The files whose closing fails. */
  private final List<String> failing = new ArrayList<>();

  private final class Noted extends Storage {
    private final String name;

    Noted(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean isWritable() {
      return false;
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    protected void readUnmapped(long position, MemorySegment target) {}

    @Override
    public void write(long position, MemorySegment source) {}

    @Override
    public void zero(long position, long length, boolean giveBack) {}

    @Override
    public void reserve(long position, long length) {}

    @Override
    public void resize(long size) {}

    @Override
    public void flush() {}

    @Override
    protected void release() throws IOException {
      note(name);
    }
  }

  private void note(String name) throws IOException {
    closed.add(name);
    if (failing.contains(name)) {
      throw new IOException("closing " + name);
    }
  }

  private DiskImage image(String name) {
    return (DiskImage)
        Proxy.newProxyInstance(
            DiskImage.class.getClassLoader(),
            new Class<?>[] {DiskImage.class},
            (proxy, method, _) ->
                switch (method.getName()) {
                  case "close" -> {
                    note(name);
                    yield null;
                  }
                  case "equals" -> false;
                  default -> throw new AssertionError(method);
                });
  }

  private OpenRequest request(OpenOptions options) {
    Storage storage = new Noted("image");
    return (OpenRequest)
        Proxy.newProxyInstance(
            OpenRequest.class.getClassLoader(),
            new Class<?>[] {OpenRequest.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "storage" -> storage;
                  case "options" -> options;
                  default -> throw new AssertionError(method);
                });
  }

  private Storage openAll(ImageFiles files) throws IOException {
    Storage data = files.add(() -> new Noted("data"));
    Storage _ = files.add(() -> new Noted("more"));
    BlockDevice _ = files.openBelow(() -> image("below"));
    return data;
  }

  @Test
  void isOpenUntilItIsClosed() throws IOException {
    try (Closeable files =
        ImageFiles.open(
            request(OpenOptions.readOnly()),
            made -> {
              assertEquals("data", openAll(made).name());
              return made;
            })) {
      assertEquals(List.of(), closed);
      assertEquals(true, ((ImageFiles) files).imageBelow().isPresent());
    }
    assertEquals(List.of("more", "data", "image", "below"), closed);
  }

  @Test
  void isClosedWhereMakingTheImageFails() {
    failing.addAll(List.of("data", "below"));
    for (Exception failure :
        List.of(new IOException("late"), new IllegalArgumentException("late"))) {
      closed.clear();
      Exception thrown =
          assertThrows(
              Exception.class,
              () ->
                  ImageFiles.open(
                      request(OpenOptions.readOnly()),
                      files -> {
                        openAll(files);
                        if (failure instanceof IOException io) {
                          throw io;
                        }
                        throw (RuntimeException) failure;
                      }));
      assertSame(failure, thrown);
      assertEquals(List.of("more", "data", "image", "below"), closed);
      assertEquals("closing data", thrown.getSuppressed()[0].getMessage());
    }
  }

  @Test
  void isClosedAsFarAsItWasOpened() {
    IOException missing = new IOException("missing");
    assertSame(
        missing,
        assertThrows(
            IOException.class,
            () ->
                ImageFiles.open(
                    request(OpenOptions.readOnly()),
                    files -> {
                      Storage _ = files.add(() -> new Noted("data"));
                      return files.openBelow(() -> {
                        throw missing;
                      });
                    })));
    assertEquals(List.of("data", "image"), closed);
  }

  @Test
  void whatIsHandedInIsTheCallers() throws IOException {
    DiskImage device = image("handed in");
    ImageFiles files =
        ImageFiles.open(
            request(OpenOptions.readOnly().backing(device)),
            opened -> {
              openAll(opened);
              return opened;
            });
    assertSame(device, files.below());
    assertSame(device, files.imageBelow().orElseThrow());
    files.close();
    assertEquals(List.of("more", "data", "image"), closed);
  }

  @Test
  void thereNeedBeNothingBelow() throws IOException {
    try (ImageFiles files = ImageFiles.open(request(OpenOptions.readOnly()), made -> made)) {
      assertEquals(null, files.below());
      assertEquals(Optional.empty(), files.imageBelow());
    }
    assertEquals(List.of("image"), closed);
  }
}
