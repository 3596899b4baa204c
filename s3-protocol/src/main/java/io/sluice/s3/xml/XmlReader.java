package io.sluice.s3.xml;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads a document that a client sent, element by element, with or without S3's namespace. Every
 * document that is not well-formed, has a DOCTYPE (and so entities of its own), is nested deeper
 * than {@link #DEPTH_MAX} or has more than {@link #ELEMENTS_MAX} elements is {@code MalformedXML}.
 * Nothing outside the document is ever opened. Its size is the caller's to limit.
 *
 * <p>After {@link #root}, a loop of {@link #nextChild} visits the children of an element; each
 * child is consumed by {@link #text}, {@link #skip}, or a loop of its own:
 *
 * <pre>{@code
 * while (xml.nextChild()) {
 *   switch (xml.name()) {
 *     case "Quiet" -> quiet = xml.flag();
 *     default -> xml.skip();
 *   }
 * }
 * }</pre>
 */
public final class XmlReader {
  private static final int DEPTH_MAX = 16;

  /** 10,000 parts of eight elements each, and some. */
  private static final int ELEMENTS_MAX = 100_000;

  /**
   * The JDK's limits on entities, which newer JDKs have lowered until a page of keys with many
   * ampersands trips them. They guard against what cannot be here: a document has no entities but
   * the five of XML, and they do not expand.
   */
  private static final List<String> ENTITY_LIMITS =
      List.of(
          "jdk.xml.entityExpansionLimit",
          "jdk.xml.totalEntitySizeLimit",
          "jdk.xml.maxGeneralEntitySizeLimit",
          "jdk.xml.entityReplacementLimit");

  private static final char BYTE_ORDER_MARK = '\ufeff';

  private final XMLStreamReader reader;
  private int depth;
  private int elements;

  private XmlReader(XMLStreamReader reader) {
    this.reader = reader;
  }

  /**
   * Reads the start of a document.
   *
   * @param document UTF-8
   * @throws S3Exception MalformedXML unless it starts with the root element of that name
   */
  public static XmlReader root(byte[] document, String name) {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    for (String limit : ENTITY_LIMITS) {
      factory.setProperty(limit, "0");
    }
    XmlReader xml;
    try {
      xml = new XmlReader(factory.createXMLStreamReader(new StringReader(text(document))));
    } catch (XMLStreamException e) {
      throw malformed(e);
    }
    int event = xml.next();
    while (event != XMLStreamConstants.START_ELEMENT) {
      event = xml.next();
    }
    if (!xml.name().equals(name)) {
      throw malformed();
    }
    return xml;
  }

  /**
   * The document as text, whatever encoding it claims. The JDK's parser would print a line on the
   * standard error for every byte that is not UTF-8.
   */
  private static String text(byte[] document) {
    CharBuffer text;
    try {
      text = UTF_8.newDecoder().decode(ByteBuffer.wrap(document));
    } catch (CharacterCodingException e) {
      throw malformed(e);
    }
    boolean marked = text.hasRemaining() && text.get(0) == BYTE_ORDER_MARK;
    return marked ? text.subSequence(1, text.length()).toString() : text.toString();
  }

  /** The local name of the element just entered. */
  public String name() {
    return reader.getLocalName();
  }

  /**
   * Enters the next child of the current element. Text between children must be blank.
   *
   * @return false when the current element has ended; the reader then stands in its parent
   */
  public boolean nextChild() {
    while (true) {
      switch (next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          return true;
        }
        case XMLStreamConstants.END_ELEMENT -> {
          return false;
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          if (!reader.isWhiteSpace()) {
            throw malformed();
          }
        }
        default -> {}
      }
    }
  }

  /** The text of the element just entered, which is then left. It may have no children. */
  public String text() {
    String text = "";
    StringBuilder longer = null;
    while (true) {
      switch (next()) {
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
          if (longer != null) {
            longer.append(reader.getText());
          } else if (text.isEmpty()) {
            text = reader.getText();
          } else {
            longer = new StringBuilder(text).append(reader.getText());
          }
        }
        case XMLStreamConstants.START_ELEMENT -> throw malformed();
        case XMLStreamConstants.END_ELEMENT -> {
          return longer == null ? text : longer.toString();
        }
        default -> {}
      }
    }
  }

  /** The text of the element just entered, without blanks around it. */
  public String token() {
    return text().strip();
  }

  /** A boolean as XML Schema writes it, in any case. */
  public boolean flag() {
    String token = token();
    if (token.equalsIgnoreCase("true") || token.equals("1")) {
      return true;
    }
    if (token.equalsIgnoreCase("false") || token.equals("0")) {
      return false;
    }
    throw malformed();
  }

  /** A decimal number; one beyond the range of a long becomes its nearest end. */
  public long number() {
    String token = token();
    try {
      return Long.parseLong(token);
    } catch (NumberFormatException e) {
      return beyondLong(token);
    }
  }

  private static long beyondLong(String token) {
    if (token.length() > 1_000) {
      throw malformed();
    }
    try {
      return new BigInteger(token).signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    } catch (NumberFormatException e) {
      throw malformed(e);
    }
  }

  /** Leaves the element just entered, with all that is in it. */
  public void skip() {
    int outside = depth - 1;
    while (depth > outside) {
      next();
    }
  }

  /** Reads to the end of the document, after the root element has ended. */
  public void end() {
    while (next() != XMLStreamConstants.END_DOCUMENT) {
      // Comments, instructions and blanks may follow the root.
    }
  }

  private int next() {
    int event;
    try {
      event = reader.next();
    } catch (XMLStreamException | RuntimeException e) {
      // The JDK's parser lets some errors in hostile documents out unchecked.
      throw malformed(e);
    }
    switch (event) {
      case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw malformed();
      case XMLStreamConstants.START_ELEMENT -> {
        if (++depth > DEPTH_MAX || ++elements > ELEMENTS_MAX) {
          throw malformed();
        }
      }
      case XMLStreamConstants.END_ELEMENT -> depth--;
      default -> {}
    }
    return event;
  }

  /** The error of every document that is not what it should be. */
  public static S3Exception malformed() {
    return new S3Exception(S3ErrorCode.MALFORMED_XML);
  }

  private static S3Exception malformed(Exception cause) {
    return new S3Exception(
        S3ErrorCode.MALFORMED_XML, S3ErrorCode.MALFORMED_XML.message(), Map.of(), cause);
  }
}
