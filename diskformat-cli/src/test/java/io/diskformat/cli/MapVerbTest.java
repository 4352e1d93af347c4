package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.diskformat.testing.MapEntry;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code map}, compared with that of qemu-img. */
class MapVerbTest {
  @TempDir Path directory;

  private static void assertAgrees(Path image, Object... range) {
    List<Object> arguments = new ArrayList<>(List.of(range));
    arguments.addFirst("map");
    arguments.add(image);
    String human = Cli.run(arguments.toArray()).orFail().output();
    assertEquals(theirs(arguments), human);
    assertJsonAgrees(image, range);
  }

  private static void assertJsonAgrees(Path image, Object... range) {
    List<Object> arguments = new ArrayList<>(List.of(range));
    arguments.addFirst("map");
    arguments.add("--output=json");
    arguments.add(image);
    String theirs = theirs(arguments);
    String ours = Cli.run(arguments.toArray()).orFail().output();
    assertEquals(MapEntry.parse(theirs), MapEntry.parse(ours), arguments.toString());
    // Apart from what only newer versions of qemu-img report, and what these do not join because of
    // it.
    if (!ours.contains("\"compressed\": true")) {
      assertEquals(withoutCompressed(theirs), withoutCompressed(ours), arguments.toString());
    }
  }

  private static String theirs(List<Object> arguments) {
    List<Object> known = new ArrayList<>(arguments);
    known.remove("--references=any"); // Which is what qemu-img always does.
    return Oracle.qemuImg(known.toArray()).orFail().output();
  }

  private static String withoutCompressed(String json) {
    return json.replace(", \"compressed\": false", "");
  }

  @Test
  void saysWhatQemuImgSays() throws IOException {
    for (Path image : SampleImages.in(directory)) {
      assertAgrees(image);
      assertAgrees(image, "-s", "1M", "-l", "100k");
      assertAgrees(image, "--start-offset=0x1234", "--max-length=1.5M");
      assertAgrees(image, "-U", "-s", "3M");
      assertAgrees(image, "-l", "0");
      assertAgrees(image, "-s", "1T");
      assertAgrees(image, "-f", "raw");
    }
  }

  @Test
  void spellsFilesAsTheUserAndTheImagesDo() throws IOException {
    Path base = directory.resolve("base.raw");
    Oracle.qemuImg("create", "-q", "-f", "raw", base, "1M").orFail();
    Oracle.qemuIo("-f", "raw", "-c", "write -q -P 1 0 64k", base).orFail();
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Path middle = over(sub.resolve("middle.qcow2"), "../base.raw", "raw", 65536);
    List<Path> images =
        List.of(
            base,
            middle,
            over(directory.resolve("top.qcow2"), "./sub/middle.qcow2", "qcow2", 131072),
            over(sub.resolve("beside.qcow2"), "middle.qcow2", "qcow2", 131072),
            over(directory.resolve("absolute.qcow2"), middle.toString(), "qcow2", 131072));
    Path here = Path.of("").toAbsolutePath();
    for (Path image : images) {
      assertAgrees(image, "--references=any");
      assertAgrees(here.relativize(image), "--references=any");
      assertAgrees(
          image
              .getParent()
              .resolve("../" + image.getParent().getFileName())
              .resolve(image.getFileName()),
          "--references=any");
    }
    // Where a link leads to, the names in the image there are relative to.
    Path link = Files.createSymbolicLink(directory.resolve("link.qcow2"), middle);
    Path top = over(directory.resolve("vialink.qcow2"), "link.qcow2", "qcow2", -1);
    String map = Cli.run("map", "--references=any", top).orFail().output();
    assertTrue(map.contains(link + "\n"), map);
    assertTrue(map.contains(sub.toRealPath().resolve("../base.raw") + "\n"), map);
  }

  /** Makes an image over another, and writes something to it unless {@code offset} is negative. */
  private static Path over(Path image, String backing, String backingFormat, long offset) {
    Oracle.qemuImg(
            "create", "-q", "-f", "qcow2", "-u", "-b", backing, "-F", backingFormat, image, "1M")
        .orFail();
    if (offset >= 0) {
      Oracle.qemuIo("-f", "qcow2", "-c", "write -q -P 2 " + offset + " 64k", image).orFail();
    }
    return image;
  }

  @Test
  void saysWhichDataIsCompressed() {
    Path raw = directory.resolve("x.raw");
    Oracle.qemuImg("create", "-q", "-f", "raw", raw, "4M").orFail();
    Oracle.qemuIo("-f", "raw", "-c", "write -q -P 1 1M 1M", raw).orFail();
    Path image = SampleImages.compressed(raw);
    assertJsonAgrees(image);
    String json = Cli.run("map", "--output=json", image).orFail().output();
    JsonArray entries = JsonParser.parseString(json).getAsJsonArray();
    long compressed = 0;
    for (JsonElement element : entries) {
      if (element.getAsJsonObject().get("compressed").getAsBoolean()) {
        compressed += element.getAsJsonObject().get("length").getAsLong();
        assertTrue(!element.getAsJsonObject().has("offset"), json);
      }
    }
    assertEquals(1 << 20, compressed, json);
    // Which has no place in a table of places.
    String message = Cli.run("map", image).message(1);
    assertTrue(message.contains("external, encrypted or compressed clusters"), message);
    assertEquals(1, Oracle.qemuImg("map", image).exitCode());
  }

  @Test
  void refusesOffsetsThatMakeNoSense() throws IOException {
    Path image = directory.resolve("x.qcow2");
    DemoImage.write(image);
    for (String offset : List.of("-1", "x", "", "1.5", "1.5.5k", "9E", "0x", "1e3")) {
      Cli.run("map", "-s", offset, image).message(1);
      Cli.run("map", "--max-length=" + offset, image).message(1);
    }
  }

  @Test
  void drawsPictures() throws IOException {
    Path base = directory.resolve("base.raw");
    Oracle.qemuImg("create", "-q", "-f", "raw", base, "4M").orFail();
    Oracle.qemuIo("-f", "raw", "-c", "write -q -P 1 0 1M", base).orFail();
    Path top = over(directory.resolve("top.qcow2"), "base.raw", "raw", -1);
    String picture = Cli.run("map", "--picture", top).orFail().output();
    assertTrue(picture.startsWith("Where " + top + " is stored\n1 MiB; a cell is 1 KiB"), picture);
    Path other = over(directory.resolve("other.qcow2"), "base.raw", "raw", 65536);
    String allocation = Cli.run("map", "--picture", other).orFail().output();
    assertTrue(allocation.contains("   64 KiB  " + "\u2588".repeat(64) + "\n"), allocation);
    assertTrue(allocation.contains("  128 KiB  " + "1".repeat(64) + "\n"), allocation);
    assertTrue(allocation.contains("data, 1 image below"), allocation);
    String differences =
        Cli.run("map", "--picture", "--against", base, "-F", "raw", other).orFail().output();
    assertTrue(differences.contains("different "), differences);
    String scattered = Cli.run("map", "--picture", "--fragmentation", other).orFail().output();
    assertTrue(scattered.contains("in another file "), scattered);
    String part = Cli.run("map", "--picture", "-s", "64k", "-l", "64k", other).orFail().output();
    assertTrue(part.contains("\n64 KiB; a cell is 512 B"), part);
    Path svg = directory.resolve("x.SVG");
    assertEquals("", Cli.run("map", "--picture", "-o", svg, other).orFail().output());
    assertTrue(Files.readString(svg).startsWith("<svg "));
    Path png = directory.resolve("x.png");
    Cli.run("map", "--picture", "-o", png, other).orFail();
    assertEquals("PNG", new String(Files.readAllBytes(png), 1, 3, StandardCharsets.US_ASCII));
    Cli.run("map", "--picture", "-o", directory.resolve("x.jpg"), other).message(1);
    Cli.run("map", "-o", png, other).message(1);
    Cli.run("map", "--picture", "--fragmentation", "--against", base, other).message(1);
  }
}
