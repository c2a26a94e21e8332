import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.llp.MinLowerLayerProtocol;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.v251.datatype.CX;
import ca.uhn.hl7v2.model.v251.datatype.XPN;
import ca.uhn.hl7v2.model.v251.group.ORU_R01_ORDER_OBSERVATION;
import ca.uhn.hl7v2.model.v251.message.ORU_R01;
import ca.uhn.hl7v2.model.v251.segment.NTE;
import ca.uhn.hl7v2.model.v251.segment.OBX;
import ca.uhn.hl7v2.model.v251.segment.PID;
import ca.uhn.hl7v2.parser.UnexpectedSegmentBehaviourEnum;
import ca.uhn.hl7v2.protocol.ReceivingApplication;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * An interface engine that takes ORU^R01 of v2.5.1 and nothing that its structure or its types forbid. Arguments: port,
 * and a second one for TLS with the JVM's own key store. For each message it prints what it understood as one line:
 * RECEIVED and, in base64, the message as it would write it and its name=value lines. A patient whose ID begins with
 * REFUSE is answered AE.
 */
public class OruServer {
  public static void main(String[] args) throws Exception {
    DefaultHapiContext context = new DefaultHapiContext();
    context.getParserConfiguration()
        .setUnexpectedSegmentBehaviour(UnexpectedSegmentBehaviourEnum.THROW_HL7_EXCEPTION);
    context.setValidationContext(ValidationContextFactory.defaultValidation());
    context.setLowerLayerProtocol(new MinLowerLayerProtocol(true));
    var server = context.newServer(Integer.parseInt(args[0]), args.length > 1);
    server.registerApplication("ORU", "R01", new Receiver());
    server.startAndWait();
    System.out.println("READY");
  }

  static class Receiver implements ReceivingApplication<Message> {
    @Override
    public boolean canProcess(Message message) {
      return message instanceof ORU_R01;
    }

    @Override
    public Message processMessage(Message message, Map<String, Object> metadata)
        throws HL7Exception {
      ORU_R01 oru = (ORU_R01) message;
      System.out.println(
          "RECEIVED " + base64(message.encode()) + " " + base64(String.join("\n", describe(oru))));
      PID pid = oru.getPATIENT_RESULT().getPATIENT().getPID();
      String id = pid.getPatientIdentifierList(0).getIDNumber().getValue();
      if (id != null && id.startsWith("REFUSE")) throw new HL7Exception("Unknown patient " + id);
      try {
        return message.generateACK();
      } catch (java.io.IOException problem) {
        throw new HL7Exception(problem);
      }
    }
  }

  static List<String> describe(ORU_R01 oru) throws HL7Exception {
    List<String> lines = new ArrayList<>();
    lines.add("charset=" + oru.getMSH().getCharacterSet(0).getValue());
    PID pid = oru.getPATIENT_RESULT().getPATIENT().getPID();
    for (CX id : pid.getPatientIdentifierList())
      lines.add("id=" + id.getIDNumber() + " of " + id.getAssigningAuthority().getNamespaceID());
    for (XPN name : pid.getPatientName())
      lines.add(
          "name=" + name.getFamilyName().getSurname() + "/" + name.getGivenName() + "/"
              + name.getNameRepresentationCode());
    ORU_R01_ORDER_OBSERVATION order = oru.getPATIENT_RESULT().getORDER_OBSERVATION();
    lines.add("accession=" + order.getOBR().getFillerOrderNumber().getEntityIdentifier());
    lines.add("status=" + order.getOBR().getResultStatus());
    for (NTE note : order.getNTEAll()) lines.add("note=" + note.getComment(0));
    for (var observation : order.getOBSERVATIONAll()) lines.add(describe(observation.getOBX()));
    return lines;
  }

  static String describe(OBX obx) throws HL7Exception {
    return String.join(
        "|",
        "obx=" + obx.getValueType(),
        obx.getObservationIdentifier().encode(),
        obx.getObservationValue(0).getData().getClass().getSimpleName(),
        obx.getObservationValue(0).getData().encode(),
        obx.getAbnormalFlags(0).encode(),
        obx.getObservationResultStatus().getValue());
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
