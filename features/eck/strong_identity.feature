@eck @guide:eck-to-other-eck @model:api-key @simulated:kubelet @simulated:load-balancer
@step:note-strong-identity
Feature: Strong identity between two ECKs
  The local cluster signs its requests with a certificate from a Secret; the remote one verifies them with an authority from a
  Secret, and holds the certificate's name against the key.

  Background:
    Given the administrators have the authority "signing" in the file "signers.crt"
    And the administrators have a certificate for "local.partner.test" of the authority "signing" in the files "signing.crt" and "signing.key"
    And the administrator of the remote ECK runs
      """
      kubectl delete secret signers --ignore-not-found
      kubectl create secret generic signers --from-file=ca.crt=signers.crt
      """
    And the manifest "remote-signatures.yaml" is applied to the remote ECK
    And "logs" on the remote cluster holds 3 documents
    And the administrator of the remote ECK runs
      """
      kubectl get secret verifier-es-transport-certs-public \
        -o go-template='{{index .data "ca.crt" | base64decode}}' > eck_transport_ca.crt
      """
    And the administrator of the local ECK runs
      """
      kubectl delete secret signing verifier-ca --ignore-not-found
      kubectl create secret generic signing --from-file=tls.crt=signing.crt --from-file=tls.key=signing.key
      kubectl create secret generic verifier-ca --from-file=remote-cluster-ca.crt=eck_transport_ca.crt
      """

  @step:configure-the-local-deployment-2-again-1
  Scenario: Requests are signed under the name that the key asks for, and the authority is in a Secret
    Given a cross-cluster API key with search access to "logs" for the certificate identity "CN=local.partner.test"
    And the manifest "signed-api-keys.yaml" is applied to the local ECK
    And the manifest "local-signed.yaml" is applied to the local ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: The key asks for another name
    Given a cross-cluster API key with search access to "logs" for the certificate identity "CN=other.partner.test"
    And the manifest "signed-api-keys.yaml" is applied to the local ECK
    And the manifest "local-signed.yaml" is applied to the local ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "signed-under-another-name"
