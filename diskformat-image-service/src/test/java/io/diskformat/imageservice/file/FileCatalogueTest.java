package io.diskformat.imageservice.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.CatalogueContract;
import io.diskformat.imageservice.ImageRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
