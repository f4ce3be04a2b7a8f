"""What two services must agree on: topics, messages, documents, configuration, the MQTT client."""
