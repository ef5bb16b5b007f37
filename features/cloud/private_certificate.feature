@cloud @model:api-key @requires:reload-remote-credentials @guide:ech-other-organization-previous @step:note-private-certificate
Feature: A private certificate in front of a deployment
  The local cluster trusts public authorities. Where the endpoint of the remote deployment shows a private certificate, address and
  server name may be right, and the connection fails all the same.

  Scenario: The endpoint has a private certificate
    Given two organizations of Elastic Cloud with a deployment each
    And the endpoint of the remote deployment has a private certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local administrator adds an API key
      | Setting name | partner       |
      | Secret       | <encoded key> |
    When the local administrator adds a remote cluster in Kibana
      | Name          | partner                           |
      | Proxy address | <remote proxy address, port 9443> |
      | Server name   | <remote server name>              |
    Then "partner" fails as "server-authority-unknown"
