package io.diskformat.imageservice.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.CatalogueContract;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageMember;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageStatus;
import io.diskformat.imageservice.ImportTask;
import io.diskformat.imageservice.StoredData;
import io.diskformat.imageservice.UploadLease;
import io.diskformat.imageservice.record.RecordJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileCatalogueTest extends CatalogueContract {
  @TempDir private Path directory;

  @Override
  protected Catalogue open() throws IOException {
    return FileCatalogue.open(directory);
  }

  @Test
  void whatWasBeingWrittenIsForgotten() throws IOException {
    ImageRecord image = image("a");
    assertTrue(catalogue.add(image));
    Files.writeString(directory.resolve(image.id() + ".new"), "{");
    reopen();
    assertEquals(image, catalogue.find(image.id()).orElseThrow());
  }

  /** Each value of a record is replaced by values that it cannot be, and each character is lost. */
  @Test
  void aDamagedRecordIsReadOrRefused() throws IOException {
    Instant now = Instant.parse("2026-02-28T23:59:59Z");
    ImageAttributes.Builder attributes = ImageAttributes.of("p").name("n").diskFormat("raw");
    attributes.properties().put("a", "b");
    boolean _ = attributes.tags().add("t");
    ImageRecord image =
        new ImageRecord(
            UUID.randomUUID().toString(),
            7,
            ImageStatus.UPLOADING,
            attributes.build(),
            new StoredData("blob", 5, 6, "0a", "0b"),
            new UploadLease("upload", now),
            new TreeMap<>(
                Map.of("q", new ImageMember("q", ImageMember.Status.PENDING, now, now))),
            List.of(
                new ImportTask(
                    "i", "u", "r", "m", ImportTask.Status.SUCCESS, "message", now, now)),
            now,
            now);
    String text = RecordJson.write(image);
    assertEquals(image, RecordJson.read(text, "a"));
    List<String> damaged = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      damaged.add(text.substring(0, i));
      damaged.add(text.substring(0, i) + text.substring(i + 1));
      damaged.add(text.substring(0, i) + '\0' + text.substring(i + 1));
    }
    String value = "(\"[^\"]*\"|[0-9]+|true|false|\\{[^{}]*\\}|\\[[^\\[\\]]*\\])";
    Matcher matcher = Pattern.compile("(\"[a-z_0-9]+\":)" + value).matcher(text);
    while (matcher.find()) {
      for (String other :
          List.of("null", "{}", "[]", "[1,2]", "\"x\"", "-1", "1e999", "1.5", "{\"a\":null}")) {
        damaged.add(
            text.substring(0, matcher.start(2)) + other + text.substring(matcher.end(2)));
      }
    }
    int refused = 0;
    for (String each : damaged) {
      try {
        var _ = RecordJson.read(each, "its name");
      } catch (IOException e) {
        assertTrue(e.getMessage().startsWith("its name: "), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > damaged.size() / 2, refused + " of " + damaged.size());
  }

  @Test
  void aRecordThatIsNoneIsNamed() throws IOException {
    ImageRecord image = image("a");
    assertTrue(catalogue.add(image));
    catalogue.close();
    Path file = directory.resolve(image.id() + ".json");
    String text = Files.readString(file);
    for (String bad :
        new String[] {"", "{}", "[]", text.substring(1), text.replace(":1,", ":2,")}) {
      Files.writeString(file, bad);
      IOException e = assertThrows(IOException.class, this::open);
      assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    }
    Files.writeString(file, text);
    catalogue = open();
  }
}
