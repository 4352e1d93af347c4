package io.diskformat.imageservice.page;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.diskformat.DiskImage;
import io.diskformat.imageservice.http.Pages;
import io.diskformat.imageservice.http.Response;
import io.diskformat.inside.Disk;
import io.diskformat.inside.GuestSystem;
import io.diskformat.inside.Volume;
import io.diskformat.inspect.Partition;
import io.diskformat.picture.DiskPicture;
import io.diskformat.picture.SvgDrawing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page of a service, and what it shows of an image: how it is stored, and what is inside. */
public final class ImagePages implements Pages {
  private static final int CELLS = 2048;
  private static final int MOST_FILES = 2000;

  private final String page;

  /** Creates the pages. */
  public ImagePages() {
    try (InputStream in = ImagePages.class.getResourceAsStream("page.html")) {
      if (in == null) {
        throw new IllegalStateException("the page is not in its jar");
      }
      page = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the page cannot be read", e);
    }
  }

  @Override
  public Response root() {
    // Nothing is loaded from elsewhere, and no other site shows it within its own.
    return Response.text(200, "text/html", page)
        .with(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
                + " connect-src 'self'; img-src blob:; frame-ancestors 'none'; base-uri 'none'")
        .with("X-Content-Type-Options", "nosniff");
  }

  @Override
  public @Nullable Response of(DiskImage image, List<String> what, Map<String, String> parameters)
      throws IOException {
    return switch (String.join("/", what)) {
      case "map.svg" -> map(image);
      case "contents" -> Response.json(200, contents(Disk.of(image)));
      case "files" ->
          Response.json(
              200,
              files(
                  Disk.of(image),
                  parameters.getOrDefault("volume", ""),
                  parameters.getOrDefault("path", "/")));
      default -> null;
    };
  }

  private static Response map(DiskImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SvgDrawing.write(DiskPicture.allocation(image, CELLS), out);
    return Response.text(200, "image/svg+xml", out.toString(StandardCharsets.UTF_8));
  }

  private static JsonObject contents(Disk disk) throws IOException {
    JsonArray volumes = new JsonArray();
    for (Volume volume : disk.volumes()) {
      JsonObject object = new JsonObject();
      object.addProperty("name", volume.name());
      object.addProperty("size", volume.device().size());
      object.addProperty("type", volume.content().type());
      object.addProperty("label", volume.content().label());
      object.addProperty("problem", volume.problem());
      if (volume.partition().isPresent()) {
        Partition partition = volume.partition().get();
        object.addProperty("offset", partition.offset());
        object.addProperty("partition_type", partition.type());
      }
      volumes.add(object);
    }
    JsonArray systems = new JsonArray();
    for (GuestSystem system : disk.systems()) {
      systems.add(system.name());
    }
    JsonArray problems = new JsonArray();
    disk.problems().forEach(problems::add);
    JsonObject object = new JsonObject();
    object.add("volumes", volumes);
    object.add("systems", systems);
    object.add("problems", problems);
    return object;
  }

  private static JsonObject files(Disk disk, String volume, String path) throws IOException {
    JsonArray files = new JsonArray();
    boolean isWhole = true;
    try (FileSystem system = disk.mount(volume);
        DirectoryStream<Path> all = Files.newDirectoryStream(system.getPath(path))) {
      for (Path file : all) {
        if (files.size() == MOST_FILES) {
          isWhole = false;
          break;
        }
        files.add(file(file));
      }
    }
    JsonObject object = new JsonObject();
    object.add("files", files);
    object.addProperty("is_whole", isWhole);
    return object;
  }

  private static JsonObject file(Path file) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    JsonObject object = new JsonObject();
    object.addProperty("name", String.valueOf(file.getFileName()));
    object.addProperty(
        "kind",
        attributes.isDirectory() ? "directory" : attributes.isSymbolicLink() ? "link" : "file");
    object.addProperty("size", attributes.size());
    object.addProperty("modified", attributes.lastModifiedTime().toString());
    return object;
  }
}
