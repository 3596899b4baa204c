package io.sluice.load.s3;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** The little that is read of S3's XML. */
final class Xml {

  private static final XMLInputFactory FACTORY = XMLInputFactory.newInstance();

  static {
    FACTORY.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    FACTORY.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
  }

  private Xml() {}

  /** The text of the first element of that name; empty when there is none or the XML is broken. */
  static Optional<String> firstText(String xml, String element) {
    try {
      XMLStreamReader reader = FACTORY.createXMLStreamReader(new StringReader(xml));
      while (reader.hasNext()) {
        if (reader.next() == XMLStreamConstants.START_ELEMENT
            && reader.getLocalName().equals(element)) {
          return Optional.of(reader.getElementText());
        }
      }
      return Optional.empty();
    } catch (XMLStreamException e) {
      return Optional.empty();
    }
  }

  /** A page of ListObjectsV2. */
  static ListPage listPage(String xml) throws XMLStreamException {
    XMLStreamReader reader = FACTORY.createXMLStreamReader(new StringReader(xml));
    List<ListPage.Entry> entries = new ArrayList<>();
    Optional<String> next = Optional.empty();
    String key = "";
    String etag = "";
    long size = -1;
    while (reader.hasNext()) {
      int event = reader.next();
      if (event == XMLStreamConstants.START_ELEMENT) {
        switch (reader.getLocalName()) {
          case "Key" -> key = reader.getElementText();
          case "ETag" -> etag = reader.getElementText();
          case "Size" -> size = Long.parseLong(reader.getElementText());
          case "NextContinuationToken" -> next = Optional.of(reader.getElementText());
          default -> {}
        }
      } else if (event == XMLStreamConstants.END_ELEMENT
          && reader.getLocalName().equals("Contents")) {
        entries.add(new ListPage.Entry(key, size, etag));
      }
    }
    return new ListPage(entries, next);
  }
}
