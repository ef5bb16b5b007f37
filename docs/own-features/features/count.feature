Feature: Count documents on a remote cluster
  Our application counts with the count API instead of searching. Everything but the last step is crosscheck's vocabulary
  (`crosscheck list --steps` prints it).

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "orders" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "orders"
    And the local keystore holds the key for the alias "shop"

  Scenario: The count of a remote index
    When the local cluster adds "shop" in proxy mode on port 9443
    Then "shop" is connected
    And every connection went through the load balancer
    And counting "shop:orders" finds 3 documents
